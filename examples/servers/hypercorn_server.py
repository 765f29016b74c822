"""hypercorn with the shutdown that Kubernetes asks for."""

from hypercorn import Config

import seatrial_app

config = Config()
config.bind = ["0.0.0.0:8080"]
seatrial_app.servers.hypercorn.run("asgi_app:app", config)
