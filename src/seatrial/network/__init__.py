"""Addresses, links, Service rules and DNS of one node."""
