"""http.server with a thread for each connection: `/`, `/slow?s=3` and `/upload`."""

import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import seatrial_app


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self):
        if self.path.startswith("/slow"):
            time.sleep(float(self.path.partition("s=")[2]))
        self.answer()

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.answer()

    def answer(self):
        body = b"fair winds\n"
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


class Server(ThreadingHTTPServer):
    request_queue_size = 1024


seatrial_app.servers.threads.serve(Server(("0.0.0.0", 8080), Handler))
