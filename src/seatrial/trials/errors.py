"""What can go wrong with a trial itself; what the application does wrong is a finding.

SeatrialError
├── UsageError
│   ├── ManifestError     a manifest cannot be read, or holds what we do not know
│   └── SettingsError     seatrial.toml says something that cannot be
└── TrialBroken           it could not be carried out; its finding is UNKNOWN with this reason
"""

from seatrial.kit.errors import SeatrialError, UsageError


class ManifestError(UsageError):
    """A manifest cannot be read, or holds what we do not know."""


class SettingsError(UsageError):
    """`seatrial.toml` says something that cannot be."""


class TrialBroken(SeatrialError):
    """The trial could not be carried out."""
