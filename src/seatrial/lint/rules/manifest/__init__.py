"""Rules of 8xx: the manifest itself."""
