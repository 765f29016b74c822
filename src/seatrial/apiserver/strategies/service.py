"""Services: addresses survive an update that leaves them out, as clients often do.

The allocation itself is admission's (`admission/service_addresses.py`).
"""

from seatrial.api.objects import Object, spec_of
from seatrial.apiserver.strategies.strategy import Strategy


def _prepare_create(service: Object) -> None:
    service["status"] = {"loadBalancer": {}}


def _prepare_update(new: Object, old: Object) -> None:
    new["status"] = old.get("status", {})
    spec, before = spec_of(new), spec_of(old)
    if "ExternalName" in {spec.get("type"), before.get("type")}:
        return
    for field in ("clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"):
        if not spec.get(field) and before.get(field):
            spec[field] = before[field]
    _keep_node_ports(spec.get("ports") or [], before.get("ports") or [])
    if spec.get("type") == "ClusterIP":
        for port in spec.get("ports") or ():
            port.pop("nodePort", None)


def _keep_node_ports(ports: list[Object], before: list[Object]) -> None:
    known = {(each.get("port"), each.get("protocol")): each.get("nodePort") for each in before}
    taken = {each.get("nodePort") for each in ports if each.get("nodePort")}
    for port in ports:
        kept = known.get((port.get("port"), port.get("protocol")))
        if not port.get("nodePort") and kept and kept not in taken:
            port["nodePort"] = kept


SERVICE_STRATEGY = Strategy(
    prepare_create=_prepare_create, prepare_update=_prepare_update, shows_deleted=True
)
