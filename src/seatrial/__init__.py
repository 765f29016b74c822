"""seatrial: sea trials for Kubernetes applications."""

__all__ = ["__version__"]

__version__ = "0.1.0"
