"""Rules of 3xx: from SIGTERM to the exit."""
