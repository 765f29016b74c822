"""app_threads.py with seatrial-app: port."""

from __future__ import annotations

import sys

import app_threads

import seatrial_app.servers.threads

if __name__ == "__main__":
    seatrial_app.servers.threads.serve(app_threads.make(int(sys.argv[1])))
