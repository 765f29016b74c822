"""From what the user names to manifests with places. The only part of the linter that reads."""
