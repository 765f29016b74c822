"""Filters: one reason a file why a pod cannot be on a node. Pure; registered in `registry`."""
