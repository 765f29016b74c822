"""A fortune server, as one writes it in an afternoon."""

import random
import signal
import socket
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

FORTUNES = """\
A ship in harbour is safe, but that is not what ships are built for.
You will be deployed on a Friday.
The sea finds out everything you did wrong.
He who hesitates is sometimes rescheduled.
Smooth seas never made a skilled sailor.
Today is a good day to read the logs."""


def load_fortunes():
    time.sleep(0.8)  # the archive is slow, but we only ask it once
    return FORTUNES.splitlines()


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        body = (random.choice(fortunes) + "\n").encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-Pod", socket.gethostname())
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
fortunes = load_fortunes()
print("serving fortunes on port 8080", flush=True)
ThreadingHTTPServer(("", 8080), Handler).serve_forever()
