"""What Kubernetes knows: kinds, API versions, fields and their types, for each of its versions.

`standing.py` says whether an API version is served, `compare.py` lays an object beside the schema
of its kind, `explain.py` finds words and mending for what does not fit, `judge.py` joins them for
the rules. The schemas are those of the package kubernetes-validate, read when first needed.
"""
