"""How a request reaches an API server."""
