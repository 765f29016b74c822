"""The book of evidence: append-only entries with one clock, and where they come from."""
