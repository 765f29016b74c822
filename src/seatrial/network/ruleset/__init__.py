"""Packet rules as values, the kernel's table that holds them, and a walk through them."""
