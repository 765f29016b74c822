"""The cluster's names: records and answers (pure), the server and its way out (edges)."""
