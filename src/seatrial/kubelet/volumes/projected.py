"""`projected`: several sources in one directory.

Does: configMap, secret, downwardAPI and serviceAccountToken sources.
Does not: ask for tokens (they come with the context) or refresh them.
"""

from seatrial.kubelet.errors import MountFailure
from seatrial.kubelet.volumes import configmap, downward, secret
from seatrial.kubelet.volumes.interface import (
    DEFAULT_MODE,
    File,
    Payload,
    PayloadOf,
    Source,
    TokenWish,
    VolumeContext,
)
from seatrial.kubelet.volumes.keys import checked

TOKEN_EXPIRATION_S = 3600
_SOURCES: dict[str, PayloadOf] = {
    "configMap": configmap.payload,
    "secret": secret.payload,
    "downwardAPI": downward.payload,
}


def payload(source: Source, context: VolumeContext) -> Payload:
    """The files of all sources; later ones win. Raises MountFailure."""
    mode = source.get("defaultMode", DEFAULT_MODE)
    files: Payload = {}
    for each in source.get("sources") or []:
        for field, own in each.items():
            if field == "serviceAccountToken":
                files[checked(own["path"])] = File(context.tokens[wish(own)].encode(), mode)
            elif field in _SOURCES:
                files.update(_SOURCES[field]({"defaultMode": mode, **own}, context))
            else:
                raise MountFailure(f"projected source {field} is not supported on this node")
    return files


def wish(source: Source) -> TokenWish:
    """The token that a serviceAccountToken source asks for."""
    return TokenWish(
        audience=source.get("audience") or "",
        expiration_s=int(source.get("expirationSeconds") or TOKEN_EXPIRATION_S),
    )


def wishes(source: Source) -> list[TokenWish]:
    """The tokens that a projected volume asks for."""
    return [
        wish(each["serviceAccountToken"])
        for each in source.get("sources") or []
        if "serviceAccountToken" in each
    ]
