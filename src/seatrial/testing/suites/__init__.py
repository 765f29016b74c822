"""Contracts as reusable test suites: one for each protocol, run against every implementation."""
