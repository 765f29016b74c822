"""Sandboxes and containers on this machine's kernel. Knows nothing of Kubernetes."""
