"""Flask; gunicorn's configuration is all that differs."""

import time

from flask import Flask, request

app = Flask(__name__)


@app.get("/")
def hello():
    return "fair winds\n"


@app.get("/slow")
def slow():
    time.sleep(float(request.args["s"]))
    return "fair winds\n"


@app.post("/upload")
def upload():
    request.get_data()
    return "fair winds\n"
