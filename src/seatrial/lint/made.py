"""ConfigMaps, Secrets and claims that other objects make: nobody writes a manifest for them.

Does: knows what Kubernetes itself makes, and what the objects of well-known operators name.
"""

from collections.abc import Callable, Iterator, Mapping

from seatrial.lint.inventory import Inventory
from seatrial.lint.manifest import Manifest, mapping, sequence

# In every namespace: of Kubernetes, of OpenShift, of Istio.
EVERYWHERE = frozenset(
    {
        ("ConfigMap", "kube-root-ca.crt"), ("ConfigMap", "openshift-service-ca.crt"),
        ("ConfigMap", "istio-ca-root-cert"), ("ServiceAccount", "default"),
    }
)  # fmt: skip
CERT_MANAGER = "cert-manager.io/"  # its annotations on an Ingress ask for the Secrets of `tls`
Made = tuple[str, str, str]  # kind, name, namespace; "*" for all namespaces


def is_made_by_others(inventory: Inventory, kind: str, name: str, namespace: str) -> bool:
    """An object of this name comes into being without a manifest of its own."""
    made: frozenset[Made] = inventory.remember("made", lambda: frozenset(_all_made(inventory)))
    return (
        (kind, name) in EVERYWHERE
        or (kind, name, namespace) in made
        or (kind, name, "*") in made
        or (kind == "PersistentVolumeClaim" and _is_of_member(inventory, name, namespace))
    )


def _is_of_member(inventory: Inventory, claim: str, namespace: str) -> bool:
    """`data-web-0`: the claim of a StatefulSet's member."""
    beginning, dash, ordinal = claim.rpartition("-")
    beginnings: frozenset[tuple[str, str]] = inventory.remember(
        "claims of members", lambda: frozenset(_claim_beginnings(inventory))
    )
    return bool(dash) and ordinal.isdecimal() and (beginning, namespace) in beginnings


def _claim_beginnings(inventory: Inventory) -> Iterator[tuple[str, str]]:
    for stateful in inventory.of_kind("StatefulSet"):
        for template in map(mapping, sequence(stateful.spec.get("volumeClaimTemplates"))):
            name = mapping(template.get("metadata")).get("name")
            yield f"{name}-{stateful.name}", stateful.namespace


def _all_made(inventory: Inventory) -> Iterator[Made]:
    for kind, makes in _MAKERS.items():
        for manifest in inventory.of_kind(kind):
            yield from makes(manifest)


def _of_ingress(manifest: Manifest) -> Iterator[Made]:
    if any(str(name).startswith(CERT_MANAGER) for name in manifest.annotations):
        for entry in sequence(manifest.spec.get("tls")):
            yield from _named("Secret", mapping(entry).get("secretName"), manifest)


def _of_bucket_claim(manifest: Manifest) -> Iterator[Made]:
    yield "Secret", manifest.name, manifest.namespace
    yield "ConfigMap", manifest.name, manifest.namespace


def _of_postgres_cluster(manifest: Manifest) -> Iterator[Made]:
    """CloudNativePG's."""
    for suffix in ("app", "superuser", "ca", "server", "replication"):
        yield "Secret", f"{manifest.name}-{suffix}", manifest.namespace


def _of_zalando_postgres(manifest: Manifest) -> Iterator[Made]:
    for user in ("postgres", "standby", *mapping(manifest.spec.get("users"))):
        secret = f"{str(user).replace('_', '-')}.{manifest.name}"
        yield "Secret", f"{secret}.credentials.postgresql.acid.zalan.do", manifest.namespace


def _target(*path: str) -> Callable[[Manifest], Iterator[Made]]:
    """The Secret that a field of the spec names; else one named as the object."""

    def makes(manifest: Manifest) -> Iterator[Made]:
        here: object = manifest.spec
        for step in path:
            here = mapping(here).get(step)
        yield from _named("Secret", here or manifest.name, manifest)

    return makes


def _of_bundle(manifest: Manifest) -> Iterator[Made]:
    """trust-manager's: one of its name in each namespace."""
    yield "ConfigMap", manifest.name, "*"
    yield "Secret", manifest.name, "*"


def _named(kind: str, name: object, manifest: Manifest) -> Iterator[Made]:
    if isinstance(name, str) and name:
        yield kind, name, manifest.namespace


_MAKERS: Mapping[str, Callable[[Manifest], Iterator[Made]]] = {
    "Certificate": _target("secretName"),
    "ExternalSecret": _target("target", "name"),
    "SealedSecret": _target("template", "metadata", "name"),
    "OnePasswordItem": _target(),
    "VaultStaticSecret": _target("destination", "name"),
    "VaultDynamicSecret": _target("destination", "name"),
    "Ingress": _of_ingress,
    "ObjectBucketClaim": _of_bucket_claim,
    "Cluster": _of_postgres_cluster,
    "postgresql": _of_zalando_postgres,
    "Bundle": _of_bundle,
}
