"""Rules of 7xx: what a dead process costs."""
