"""What each kind's objects may become: one kind a file, one line in `registry.py`."""
