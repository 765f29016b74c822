"""Rules of 1xx: from the first process to the first request."""
