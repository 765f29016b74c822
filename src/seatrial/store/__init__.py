"""Keys, bytes and revisions, durable or not. Knows nothing of Kubernetes."""
