"""What can be done with a resource, one verb a file: a call in, an answer out."""
