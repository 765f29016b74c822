"""ConfigMaps, Secrets, ServiceAccounts."""

from seatrial.api.objects import Object
from seatrial.apiserver.tables.table import AGE, NAME, Cell, Column


def _entries(obj: Object, _now_s: float) -> Cell:
    return len(obj.get("data") or {}) + len(obj.get("binaryData") or {})


def _secret_type(secret: Object, _now_s: float) -> Cell:
    return str(secret.get("type", ""))


def _secrets(account: Object, _now_s: float) -> Cell:
    return len(account.get("secrets") or ())


_DATA = Column("Data", _entries, "integer")
CONFIG_MAP_COLUMNS = (NAME, _DATA, AGE)
SECRET_COLUMNS = (NAME, Column("Type", _secret_type), _DATA, AGE)
SERVICE_ACCOUNT_COLUMNS = (NAME, Column("Secrets", _secrets, "integer"), AGE)
