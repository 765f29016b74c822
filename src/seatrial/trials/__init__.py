"""Trials: sail an application through what Kubernetes does to a pod, under traffic, and judge it.

Everything here reaches a cluster only through `client.interface`; the same trials run on any
cluster. The core is pure: a trial says what to do next and judges the book of evidence; only
`runner.py`, `evidence/sources.py`, `application.py` and `verify.py` do anything.
"""
