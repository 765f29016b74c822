"""kubectl's columns, kind by kind."""
