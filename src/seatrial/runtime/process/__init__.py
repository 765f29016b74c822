"""Containers as real processes of this machine, made with nothing but the kernel.

`plan*` (pure) say what is to be done as a list of steps; the spawner, a small process of its own,
forks a child which does them and becomes the container's process. The life of a start:

    runtime  spec → plan_container → steps         (pure, in the node's process)
    children → link → wire → spawner               (one packet over a socket)
    spawner  clone → steps → program               (in the child; a failed step is told back)
    runtime  pidfd, journal "start" ... pipes → log ... exit → journal "exit"
"""
