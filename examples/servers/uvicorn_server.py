"""uvicorn with the shutdown that Kubernetes asks for: the one line that differs."""

import seatrial_app

seatrial_app.servers.uvicorn.run(
    "asgi_app:app", host="0.0.0.0", port=8080, log_level="warning", access_log=False
)
