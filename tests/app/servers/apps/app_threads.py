"""The same two pages, in http.server with a thread for each connection."""

from __future__ import annotations

import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from app_notes import note, seconds


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        if url.path == "/slow":
            note("slow")
            time.sleep(seconds(url.query))
        body = b"fair winds\n"
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def make(port: int) -> ThreadingHTTPServer:
    note("up")
    return ThreadingHTTPServer(("127.0.0.1", port), Handler)


if __name__ == "__main__":
    make(int(sys.argv[1])).serve_forever()
