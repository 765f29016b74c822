"""The definitions of Kubernetes' own kinds, from the schema package.

Does: finds and parses the package's file.
Does not: keep it; it is 10 MB as objects, while the nodes of the kinds we speak are a few hundred
small values (see `schemas.py`).
"""

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import orjson

from seatrial.kit.errors import MachineError

KUBERNETES_VERSION = "1.37.0"
_PACKAGE = "kubernetes_validate"
_FILE = "kubernetes-json-schema/v{version}-local/_definitions.json"


def load_definitions(version: str = KUBERNETES_VERSION) -> dict[str, Any]:
    """Name (`io.k8s.api.core.v1.Pod`) → JSON Schema. About 10 ms; raises MachineError.

    `version`: "1.25.0" to `KUBERNETES_VERSION`; the package has the first of each minor version.
    The package is found but not imported: importing it would pull in a whole validator.
    """
    spec = find_spec(_PACKAGE)
    if spec is None or spec.origin is None:
        raise MachineError(
            f"the Python package {_PACKAGE} is missing", remedy="install seatrial again"
        )
    path = Path(spec.origin).parent / _FILE.format(version=version)
    try:
        definitions: dict[str, Any] = orjson.loads(path.read_bytes())["$defs"]
    except (OSError, ValueError, KeyError) as error:
        remedy = "install seatrial again (its package kubernetes-validate is incomplete)"
        raise MachineError(f"cannot read the schemas in {path}", remedy=remedy) from error
    return definitions
