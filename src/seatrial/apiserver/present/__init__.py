"""How objects are shown: as they are, as a table for people, as metadata only."""
