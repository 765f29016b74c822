"""What a request passes on its way in, one link a file."""
