"""A pod's volumes: one kind a file, one line in `registry`."""
