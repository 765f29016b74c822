"""How everything of ours talks to an API server, ours or any other."""
