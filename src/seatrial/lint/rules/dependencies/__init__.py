"""Rules of 6xx: starting without them, losing them, order."""
