"""The `[lint]` table of `seatrial.toml`: what a project has decided for all its runs.

Does: parses it into a value; refuses the unknown by file and key.
Does not: find the file; that is the command's.
"""

import difflib
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

from seatrial.findings.model import Severity
from seatrial.kit.errors import UsageError

FILE_NAME = "seatrial.toml"
VERSION_OLDEST, VERSION_NEWEST = (1, 25), (1, 37)
Parsed = TypeVar("Parsed")


class LintSettingsError(UsageError):
    """The table says something that cannot be."""


@dataclass(frozen=True, slots=True)
class CustomRule:
    """A rule in CEL, as its author wrote it (see `custom/cel.py`)."""

    code: str
    name: str
    expression: str
    message: str
    advice: str = ""
    severity: Severity = Severity.WARNING
    kinds: tuple[str, ...] = ()
    field: str = ""


@dataclass(frozen=True, slots=True)
class LintSettings:
    """All of it; every field has a default."""

    kubernetes_version: tuple[int, int] = VERSION_NEWEST
    enable: tuple[str, ...] = ()  # codes or names of rules that are off by default
    disable: tuple[str, ...] = ()  # codes or names
    severity: Mapping[str, Severity] = field(default_factory=lambda: MappingProxyType({}))
    fail_on: Severity = Severity.WARNING
    exclude: tuple[str, ...] = ()  # patterns of paths below the directories that are linted
    given: tuple[str, ...] = ()  # objects that are there without a manifest: "Secret/db"
    baseline: Path | None = None
    custom: tuple[CustomRule, ...] = ()
    python_rules: tuple[Path, ...] = ()


def read_lint_settings(path: Path) -> LintSettings:
    """The `[lint]` table of the file; defaults where it has none. Raises LintSettingsError."""
    try:
        wire = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise LintSettingsError(f"{path}: not TOML: {error}") from error
    except OSError as error:
        raise LintSettingsError(
            f"{path}: cannot be read: {(error.strerror or '').lower()}"
        ) from error
    return parse_lint_settings(wire.get("lint", {}), path)


def parse_lint_settings(wire: Any, path: Path) -> LintSettings:
    """The value of a `[lint]` table that stands in `path`; relative paths start there."""
    table = _table(wire, path, "lint")
    _refuse_unknown(table, _READERS, path, "lint")
    return LintSettings(
        **{key: _READERS[key](value, path, f"lint.{key}") for key, value in table.items()}
    )


def parse_version(text: str) -> tuple[int, int]:
    """`1.30`, `v1.30.2` → (1, 30). Raises ValueError for what we have no schemas of."""
    parts = text.removeprefix("v").split(".")
    if len(parts) < 2 or not all(part.isascii() and part.isdigit() for part in parts):
        raise ValueError(f"{text!r} is not a version of Kubernetes, as 1.30 is")
    version = int(parts[0]), int(parts[1])
    if not VERSION_OLDEST <= version <= VERSION_NEWEST:
        known = " to ".join(f"{major}.{minor}" for major, minor in (VERSION_OLDEST, VERSION_NEWEST))
        raise ValueError(f"Kubernetes {text} is not among those we have schemas of: {known}")
    return version


def parse_severity(text: str) -> Severity:
    """`error`, `warning`, `info`. Raises ValueError."""
    words = {each.word: each for each in Severity}
    if text not in words:
        raise ValueError(f"{text!r} is not one of {', '.join(reversed(words))}")
    return words[text]


def parse_given(text: str) -> str:
    """`Secret/db`, `ConfigMap/*`. Raises ValueError."""
    kind, slash, name = text.partition("/")
    if not kind or not slash or not name:
        raise ValueError(f"{text!r} is not KIND/NAME, as Secret/db and Secret/* are")
    return text


def _given(value: Any, path: Path, key: str) -> tuple[str, ...]:
    texts = _texts(value, path, key)
    return tuple(_parsed(parse_given, each, path, f"{key}[{at}]") for at, each in enumerate(texts))


def _version(value: Any, path: Path, key: str) -> tuple[int, int]:
    return _parsed(parse_version, _text(value, path, key), path, key)


def _severity(value: Any, path: Path, key: str) -> Severity:
    return _parsed(parse_severity, _text(value, path, key), path, key)


def _severities(value: Any, path: Path, key: str) -> Mapping[str, Severity]:
    table = _table(value, path, key)
    return {name: _severity(each, path, f'{key}."{name}"') for name, each in table.items()}


def _path(value: Any, path: Path, key: str) -> Path:
    return path.parent / _text(value, path, key)


def _paths(value: Any, path: Path, key: str) -> tuple[Path, ...]:
    return tuple(path.parent / text for text in _texts(value, path, key))


def _custom_rules(value: Any, path: Path, key: str) -> tuple[CustomRule, ...]:
    if not isinstance(value, list):
        raise LintSettingsError(f"{path}: {key} must be tables, each under [[{key}]]")
    return tuple(_custom(each, path, f"{key}[{place}]") for place, each in enumerate(value))


def _custom(value: Any, path: Path, key: str) -> CustomRule:
    table = _table(value, path, key)
    readers: dict[str, _Reader] = {each.name: _text for each in fields(CustomRule)}
    readers |= {"severity": _severity, "kinds": _texts}
    _refuse_unknown(table, readers, path, key)
    for needed in ("code", "name", "expression", "message"):
        if not table.get(needed):
            raise LintSettingsError(f"{path}: {key}.{needed} is missing")
    return CustomRule(
        **{name: readers[name](each, path, f"{key}.{name}") for name, each in table.items()}
    )


def _table(value: Any, path: Path, key: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise LintSettingsError(f"{path}: {key} must be a table, not {value!r}")
    return value


def _text(value: Any, path: Path, key: str) -> str:
    if not isinstance(value, str):
        raise LintSettingsError(f"{path}: {key} must be a text, not {value!r}")
    return value


def _texts(value: Any, path: Path, key: str) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise LintSettingsError(f"{path}: {key} must be a list of texts, not {value!r}")
    return tuple(_text(each, path, f"{key}[{place}]") for place, each in enumerate(value))


def _parsed(parse: Callable[[str], Parsed], text: str, path: Path, key: str) -> Parsed:
    try:
        return parse(text)
    except ValueError as error:
        raise LintSettingsError(f"{path}: {key}: {error}") from error


def _refuse_unknown(
    table: Mapping[str, Any], known: Mapping[str, object], path: Path, where: str
) -> None:
    for key in table:
        if key not in known:
            near = difflib.get_close_matches(key, known, n=1)
            raise LintSettingsError(
                f"{path}: {where}.{key} is unknown",
                remedy=f"did you mean {near[0]}?" if near else f"known are {', '.join(known)}",
            )


_Reader = Callable[[Any, Path, str], Any]
_READERS: Mapping[str, _Reader] = {
    "kubernetes_version": _version,
    "enable": _texts,
    "disable": _texts,
    "severity": _severities,
    "fail_on": _severity,
    "exclude": _texts,
    "given": _given,
    "baseline": _path,
    "custom": _custom_rules,
    "python_rules": _paths,
}
