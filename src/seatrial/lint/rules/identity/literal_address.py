"""A private address stands where a host name should: in env, arguments, a ConfigMap, hostAliases.

Looked at are addresses of 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, 100.64.0.0/10 and fc00::/7.
Passed over: networks and masks, addresses to listen on, name servers, lists of what is allowed,
what may be a version, and addresses that a Service among the manifests fixes for itself.

Why it hurts: every pod that is replaced has another address. Whoever wrote the old one down talks
to nobody or, some time later, to somebody else who was given it.

Prove it: `seatrial verify --trial new-address` deletes pods, and counts connections to addresses
that are gone.

Bad:
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: shop
    spec:
      selector:
        matchLabels: {app: shop}
      template:
        metadata:
          labels: {app: shop}
        spec:
          containers:
          - name: shop
            image: shop:1.0
            env:
            - name: STOCK_URL
              value: http://10.244.1.7:8080/stock

Good:
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: shop
    spec:
      selector:
        matchLabels: {app: shop}
      template:
        metadata:
          labels: {app: shop}
        spec:
          containers:
          - name: shop
            image: shop:1.0
            env:
            - name: STOCK_URL
              value: http://stock:8080/stock
"""

from collections.abc import Iterable, Iterator

from seatrial.lint.inventory import Inventory
from seatrial.lint.manifest import FieldPath, Manifest, mapping, sequence
from seatrial.lint.rule import WARNING, Hit, Hits, Rule, World
from seatrial.lint.rules.identity._addresses import addresses_in, addresses_in_lines, is_private
from seatrial.lint.texts import Text, texts_in
from seatrial.lint.workload import TEMPLATES, Workload, workload_of


def check(manifest: Manifest, world: World) -> Hits:
    workload = workload_of(manifest)
    found = _in_config(manifest) if workload is None else _in_pods(workload, world.inventory)
    for field, address in found:
        if not _is_fixed(address, world.inventory):
            yield Hit(
                field,
                f"{address} is written down: pods get other addresses whenever they are replaced",
                "name a Service instead; one without selector, or of type ExternalName, for what"
                " is outside of the cluster",
            )


def _in_config(manifest: Manifest) -> Iterator[tuple[FieldPath, str]]:
    for key, value in mapping(manifest.value.get("data")).items():
        if isinstance(value, str):
            seen = dict.fromkeys(addresses_in_lines(value, str(key)))
            yield from ((("data", str(key)), address) for address in seen)


def _in_pods(workload: Workload, inventory: Inventory) -> Iterator[tuple[FieldPath, str]]:
    for _, texts in texts_in(workload, inventory):
        yield from _in_texts(texts)
    for index, alias in enumerate(sequence(workload.pod_spec.get("hostAliases"))):
        address = str(mapping(alias).get("ip"))
        if is_private(address):
            yield workload.pod_path("hostAliases", index, "ip"), address


def _in_texts(texts: Iterable[Text]) -> Iterator[tuple[FieldPath, str]]:
    flag = ""
    for text in texts:
        for address in addresses_in(text.text, text.name or flag):
            yield text.field, address
        flag = "" if text.name else text.text.lstrip("-")


def _is_fixed(address: str, inventory: Inventory) -> bool:
    """A Service among the manifests has this address by its own wish."""
    return address in inventory.fixed_addresses


RULE = Rule(
    code="SEA501",
    name="literal-address",
    severity=WARNING,
    summary="a private address stands where a host name should",
    check_manifest=check,
    kinds=frozenset({"ConfigMap", *TEMPLATES}),
)
