"""The static half of the catalogue: what manifests show without being run.

Files become manifests with their places (`load/`), manifests become an inventory of who refers to
whom, rules look at both and say hits, and the runner makes findings of them.
"""
