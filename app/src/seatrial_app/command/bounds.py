"""Every limit of `seatrial-app run` that is not a setting, with its unit and its reason."""

from __future__ import annotations

BACKLOG = 2048
"""Connections that may wait to be accepted; the kernel cuts it to its own somaxconn."""

REQUEST_HEAD_BYTES = 64 * 1024
"""A request's first line and headers; more is answered 431."""

RESPONSE_HEAD_BYTES = 256 * 1024
"""The same of the child's response, which is trusted more; more is answered 502."""

CHUNK_LINE_BYTES = 4096
"""One chunk's size line with its extensions."""

TRAILERS_BYTES = 64 * 1024
"""Headers after a chunked body."""

BUFFER_BYTES = 256 * 1024
"""Bytes kept of one side while the other is slow; reading pauses above it."""

START_S = 60.0
"""How long a connection waits for a child that does not listen yet; then 503."""

CONNECT_RETRY_FIRST_S = 0.005
CONNECT_RETRY_MOST_S = 0.1
"""Between two tries to reach a child that does not listen yet: there is no event to wait for."""

REQUEST_HEAD_S = 60.0
"""From a request's first byte to the end of its headers; then 408."""

KEEP_ALIVE_S = 620.0
"""An idle client connection: longer than any load balancer's own limit (GCP: 600 s), so that it is
the balancer that closes and no request crosses our close."""

CHILD_IDLE_S = 1.0
"""An idle connection to the child: shorter than any server's own limit (gunicorn: 2 s), so that it
is we who close and no request crosses the child's close."""

CHILD_IDLE_MAX = 256
"""Idle connections to the child that are kept."""

QUIET_S = 0.5
"""After the stop, a connection without a request is closed once it was quiet for so long: whoever
has just connected has a request on its way."""

LINGER_S = 2.0
"""How long after our last byte we still read what comes, so that no reset overtakes that byte."""

HASTE_S = 0.05
"""Both of these where there is no window (Ctrl-C, outside Kubernetes): what lies in the kernel is
still read, and nobody waits."""

CHILD_STOP_SHARE = 0.25
CHILD_STOP_MAX_S = 5.0
"""Of the time to finish, what is kept for the child's own end: a share, and no more than this."""

GREETING_TURNS = 4
"""Turns of the event loop from asyncio's `accept` to `connection_made`."""

KILL_ROUNDS_MAX = 10
"""Leftover processes are killed in rounds: each may reveal orphans of the last."""
