"""Rules of 4xx: what must survive a restart, a move, a scale-down."""
