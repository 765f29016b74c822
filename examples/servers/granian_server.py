"""granian with the shutdown that Kubernetes asks for: `granian_server.py asgi`, or wsgi."""

import sys

import seatrial_app

if __name__ == "__main__":  # granian's workers import this file
    interface = sys.argv[1]
    seatrial_app.servers.granian.run(
        f"{interface}_app:app",
        interface=interface,
        address="0.0.0.0",
        port=8080,
        blocking_threads=64 if interface == "wsgi" else None,
    )
