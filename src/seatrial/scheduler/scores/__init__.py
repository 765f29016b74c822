"""Scores: one reason a file why a node is better than another. Pure; registered in `registry`."""
