"""`seatrial-app run`: the shutdown of this library for a server that cannot be changed.

Here belongs what stands between a public port and a child process: its settings, where the child
listens, the small proxy in front, and the story of its end. The library imports nothing from here.
"""

from seatrial_app.command.voyage import main as run

__all__ = ["run"]
