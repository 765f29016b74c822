"""The spec of a Job, of its own manifest or of a CronJob's template; and how long it retries."""

from collections.abc import Mapping
from typing import Any

from seatrial.lint.manifest import FieldPath, Manifest, mapping, sequence

KINDS = frozenset({"Job", "CronJob"})
BACKOFF_LIMIT = 6  # batch/v1 defaults
# The Job controller's delays between failed pods: 10 s, 20 s, 40 s, ... 10 min.
FIRST_DELAY_S = 10
LONGEST_DELAY_S = 600
_DOUBLINGS = 6  # 10 s x 2^6 is the first delay above the longest


def job_spec(manifest: Manifest) -> Mapping[str, Any]:
    """What `spec` is to a Job."""
    if manifest.kind == "CronJob":
        return mapping(mapping(manifest.spec.get("jobTemplate")).get("spec"))
    return manifest.spec


def job_path(manifest: Manifest, *more: str | int) -> FieldPath:
    """The path of a field of `job_spec`."""
    return ("spec", "jobTemplate", "spec", *more) if manifest.kind == "CronJob" else ("spec", *more)


def pod_spec(manifest: Manifest) -> Mapping[str, Any]:
    return mapping(mapping(job_spec(manifest).get("template")).get("spec"))


def backoff_limit(manifest: Manifest) -> int:
    value = job_spec(manifest).get("backoffLimit")
    return value if isinstance(value, int) and value >= 0 else BACKOFF_LIMIT


def failure_rules(manifest: Manifest) -> tuple[Mapping[str, Any], ...]:
    """The rules of `podFailurePolicy`."""
    policy = mapping(job_spec(manifest).get("podFailurePolicy"))
    return tuple(map(mapping, sequence(policy.get("rules"))))


def waiting_s(retries: int) -> int:
    """Seconds spent between the pods of a Job that fails as often as it may."""
    growing = min(retries, _DOUBLINGS)
    return FIRST_DELAY_S * ((1 << growing) - 1) + LONGEST_DELAY_S * (retries - growing)
