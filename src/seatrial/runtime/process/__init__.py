"""Containers as real processes of this machine, made with nothing but the kernel.

`plan*` (pure) say what is to be done as a list of steps; the spawner, a small process of its own,
forks a child which does them and becomes the container's process.
"""
