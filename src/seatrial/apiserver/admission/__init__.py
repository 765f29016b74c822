"""What a write must pass besides its kind's rules, one plugin a file (`order.py` is the table)."""
