"""Brings parts up and down in order; the only place that picks implementations."""
