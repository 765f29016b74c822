"""Objects in the store: keys, reading with a decoded cache, writing with revisions inside."""
