"""Our own kinds: whom they hit and how hard."""

from seatrial.api import selectors
from seatrial.api.objects import Object, spec_of, status_of
from seatrial.apiserver.tables.table import AGE, NAME, Cell, Column

EVERY = "*"


def _node(fault: Object, _now_s: float) -> Cell:
    return spec_of(fault).get("nodeName") or EVERY


def _service(fault: Object, _now_s: float) -> Cell:
    service = spec_of(fault).get("service") or {}
    return f"{service.get('namespace', '')}/{service.get('name', '')}" if service else EVERY


def _delay(fault: Object, _now_s: float) -> Cell:
    return str(spec_of(fault).get("delay", ""))


def _namespace(fault: Object, _now_s: float) -> Cell:
    return spec_of(fault).get("namespace") or EVERY


def _labels(fault: Object, _now_s: float) -> Cell:
    return str(selectors.from_object(spec_of(fault).get("labels") or {})) or EVERY


def _pod(fault: Object, _now_s: float) -> Cell:
    spec = spec_of(fault)
    return f"{spec.get('namespace', '')}/{spec.get('pod', '')}"


def _container(fault: Object, _now_s: float) -> Cell:
    return str(spec_of(fault).get("container", ""))


def _signal(fault: Object, _now_s: float) -> Cell:
    return str(spec_of(fault).get("signal", "SIGKILL"))


def _phase(fault: Object, _now_s: float) -> Cell:
    return str(status_of(fault).get("phase", "Pending"))


_NODE = Column("Node", _node)
_DELAY = Column("Delay", _delay)
ENDPOINT_PROPAGATION_DELAY_COLUMNS = (NAME, _NODE, Column("Service", _service), _DELAY, AGE)
KUBELET_DELAY_COLUMNS = (
    NAME,
    _NODE,
    Column("Namespace", _namespace),
    Column("Labels", _labels),
    _DELAY,
    AGE,
)
CONTAINER_KILL_COLUMNS = (
    NAME,
    Column("Pod", _pod),
    Column("Container", _container),
    Column("Signal", _signal),
    Column("Phase", _phase),
    AGE,
)
