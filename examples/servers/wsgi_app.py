"""A bare WSGI application: `/`, `/slow?s=3` and `/upload`."""

import socket
import time

POD = socket.gethostname()


def app(environ, start_response):
    if environ["PATH_INFO"] == "/slow":
        time.sleep(float(environ["QUERY_STRING"].removeprefix("s=")))
    elif environ["PATH_INFO"] == "/upload":
        environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
    body = b"fair winds\n"
    headers = [("Content-Type", "text/plain"), ("Content-Length", str(len(body))), ("X-Pod", POD)]
    start_response("200 OK", headers)
    return [body]
