"""Services become packet rules: intent (what is meant), render (the rules), proxy (when)."""
