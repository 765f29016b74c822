"""Living fakes: they keep state, refuse what the real thing refuses, and pass its suite."""
