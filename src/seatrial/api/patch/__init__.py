"""Patches: pure functions from an object and a patch to a new object."""
