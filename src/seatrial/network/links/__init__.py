"""Interfaces, addresses and routes of one node and its pods."""
