"""Rules of 5xx: names, addresses, and never two of one."""
