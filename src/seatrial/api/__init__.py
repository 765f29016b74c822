"""Pure: the Kubernetes object model. No I/O, no clock, no chance; everything here is a function of
its arguments.
"""
