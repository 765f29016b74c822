"""The same fortune server, ready for the sea; still nothing but the standard library.

After SIGTERM it goes on serving for DRAIN_S, because the nodes' proxies go on sending until they have
heard of it. Each response then carries `Connection: close`, so that kept-alive clients move on. Only
after that it stops listening, lets the requests in flight end, and exits with 0.
"""

import os
import random
import signal
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

DRAIN_S = float(os.environ.get("DRAIN_S", "7"))
IDLE_S = 60  # longer than clients keep an idle connection

FORTUNES = """\
A ship in harbour is safe, but that is not what ships are built for.
You will be deployed on a Friday.
The sea finds out everything you did wrong.
He who hesitates is sometimes rescheduled.
Smooth seas never made a skilled sailor.
Today is a good day to read the logs."""

draining = threading.Event()
answered = threading.Condition()
in_flight = 0


def load_fortunes():
    time.sleep(0.8)  # the archive is slow, but we only ask it once
    return FORTUNES.splitlines()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = IDLE_S
    disable_nagle_algorithm = True

    def do_GET(self):
        global in_flight
        with answered:
            in_flight += 1
        try:
            self.answer()
        finally:
            with answered:
                in_flight -= 1
                answered.notify_all()

    def answer(self):
        body = (random.choice(fortunes) + "\n").encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-Pod", socket.gethostname())
        if draining.is_set():
            self.send_header("Connection", "close")  # also makes http.server close afterwards
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


class Server(ThreadingHTTPServer):
    request_queue_size = 128
    daemon_threads = True  # an idle kept-alive connection must not hold up the exit


def drain(server):
    draining.set()
    time.sleep(DRAIN_S)
    server.shutdown()


fortunes = load_fortunes()
server = Server(("", 8080), Handler)
signal.signal(
    signal.SIGTERM, lambda *_: threading.Thread(target=drain, args=(server,), daemon=True).start()
)
print("serving fortunes on port 8080", flush=True)
server.serve_forever(poll_interval=0.05)
server.server_close()
with answered:
    answered.wait_for(lambda: not in_flight, timeout=5)
print("all requests answered", flush=True)
