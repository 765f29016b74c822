"""Which node a pod goes to, and why no node would do."""
