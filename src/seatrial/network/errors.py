"""What the network may say went wrong.

NetworkError
├── KernelRefused        netlink answered with an error (`.errno`, `.position` of the message)
├── AddressesExhausted   the pod CIDR has no free address
└── CannotAttach         a pod's network namespace could not be wired
"""

import errno
import os

from seatrial.kit.errors import SeatrialError


class NetworkError(SeatrialError):
    """The root of what the network may say."""


class KernelRefused(NetworkError):
    """Netlink answered with an error."""

    def __init__(self, doing: str, number: int, position: int = 0) -> None:
        reason = os.strerror(number).lower()
        remedy = ""
        if number in {errno.EPERM, errno.EACCES}:
            remedy = "this needs CAP_NET_ADMIN over the network namespace"
        super().__init__(f"{doing}: {reason} (message {position})", remedy=remedy)
        self.errno = number
        self.position = position


class AddressesExhausted(NetworkError):
    """No address is free."""


class CannotAttach(NetworkError):
    """A pod's network namespace could not be wired."""
