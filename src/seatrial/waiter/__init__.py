"""The init container that everybody writes by hand: wait until something else is ready.

Does: waits for ports, HTTP answers, names, PostgreSQL, Redis, pods and jobs: all, or one of them.
Does not: start, stop or change anything; log in anywhere (Redis' AUTH apart).
Holds: imports only the standard library, of Python 3.9 and later, and nothing of ours: it also runs
in a container that has nothing but Python (`--bundle`, `--manifest`). Values are named tuples: the
module `dataclasses` alone takes longer to import than the rest of what is needed here.

    __main__        signals first, then the rest
    command         a command line, from words to exit code
    options, durations, urls, targets, expression      what is asked for (pure)
    http1, postgres, redis, objects                    bytes → verdict (pure)
    backoff, schedule, progress, waiting               what to do and say when (pure)
    connection, attempts, cluster, world               the rim: sockets, files, clock, threads
    bundle, manifest                                   how it gets into such a container
"""
