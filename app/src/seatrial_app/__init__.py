"""The shutdown that Kubernetes asks of a server, for applications: no dependency."""
