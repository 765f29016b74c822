"""What can go wrong between a pod's spec and its running containers.

KubeletFailure            (a SeatrialError) the root
├── ContainerFailure      a container cannot be started (`.reason` is its waiting reason)
│   ├── ConfigFailure     CreateContainerConfigError: something it refers to is not there
│   ├── ImageRefusal      ErrImagePull, ErrImageNeverPull, InvalidImageName, ...
│   └── CreateFailure     CreateContainerError: it cannot be made as it is described
├── MountFailure          a volume cannot be made
└── SandboxFailure        the sandbox or its network cannot be made
"""

from seatrial.kit.errors import SeatrialError


class KubeletFailure(SeatrialError):
    """The root of a kubelet's expected failures."""


class ContainerFailure(KubeletFailure):
    """A container cannot be started now."""

    reason = "CreateContainerError"


class ConfigFailure(ContainerFailure):
    """Something the container refers to is not there, or its configuration cannot be met."""

    reason = "CreateContainerConfigError"


class ImageRefusal(ContainerFailure):
    """The image cannot be had."""

    def __init__(self, message: str, *, reason: str) -> None:
        super().__init__(message)
        self.reason = reason


class CreateFailure(ContainerFailure):
    """The container cannot be made as it is described: no such user, no command."""


class MountFailure(KubeletFailure):
    """A volume cannot be made."""


class SandboxFailure(KubeletFailure):
    """The sandbox or its network cannot be made."""
