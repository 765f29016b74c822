"""The table of the vision, measured: `make bench`."""
