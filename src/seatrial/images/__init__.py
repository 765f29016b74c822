"""Container images without an engine: references, archives, registries, layers. Knows nothing of
Kubernetes.
"""
