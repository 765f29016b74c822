"""One command a file; prints what others decide."""
