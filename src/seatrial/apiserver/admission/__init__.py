"""What a write must pass besides the rules of its kind; one plugin a file, `order.py` is the table."""
