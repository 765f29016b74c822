"""Rules of the user's own: expressions in `seatrial.toml`, or Python files it names."""
