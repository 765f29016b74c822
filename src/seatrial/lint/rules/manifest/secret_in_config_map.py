"""A ConfigMap holds an entry that is called like a secret.

Why it hurts: ConfigMaps are readable by whoever may look at the application at all, are not
encrypted where Secrets are, and end up in repositories and tickets.

Prove it: nothing to run; read the manifest.

Bad:
    apiVersion: v1
    kind: ConfigMap
    metadata:
      name: web
    data:
      api-token: 0123456789abcdef

Good:
    apiVersion: v1
    kind: Secret
    metadata:
      name: web
    stringData:
      api-token: 0123456789abcdef
"""

from seatrial.lint.manifest import Manifest, mapping
from seatrial.lint.rule import WARNING, Hit, Hits, Rule, World
from seatrial.lint.secrecy import is_called_secret, password_in


def check(manifest: Manifest, world: World) -> Hits:
    for key, value in mapping(manifest.value.get("data")).items():
        # A file of several lines is called by its subject, not by its content.
        is_one_line = isinstance(value, str) and len(value.splitlines()) == 1
        if not is_one_line:
            continue
        if is_called_secret(str(key), value):
            yield _hit(key, f"{key} is called like a secret and stands in a ConfigMap")
        elif password_in(value):
            yield _hit(key, f"the URL in {key} has a password in it and stands in a ConfigMap")


def _hit(key: str, message: str) -> Hit:
    return Hit(("data", key), message, "move it into a Secret")


RULE = Rule(
    code="SEA803",
    name="secret-in-config-map",
    severity=WARNING,
    summary="a ConfigMap's entry that is called like a secret",
    check_manifest=check,
    kinds=frozenset({"ConfigMap"}),
)
