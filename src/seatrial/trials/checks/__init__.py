"""Questions to the book of evidence, one a file; pure."""
