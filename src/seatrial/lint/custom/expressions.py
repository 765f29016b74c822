"""Rules in CEL (cel.dev), the language of Kubernetes' own admission policies.

Does: makes a rule of an expression; true means well, as in a ValidatingAdmissionPolicy. It sees
`object` (the manifest) and `pod` (the template of the pods it makes, or null).
Holds: an expression that cannot be evaluated for an object is a finding with the reason, never
silence: a rule that looks at a field asks with `has()` first.
"""

from collections.abc import Callable

import cel

from seatrial.lint.manifest import FieldPath, Manifest
from seatrial.lint.rule import Hit, Hits, Rule, World
from seatrial.lint.settings import CustomRule, LintSettingsError
from seatrial.lint.workload import workload_of


def expression_rule(custom: CustomRule) -> Rule:
    """The rule. Raises LintSettingsError when the expression is not CEL."""
    try:
        program = cel.compile(custom.expression)
    except ValueError as error:
        raise LintSettingsError(
            f"lint.custom {custom.name}: the expression is not CEL: {_first_line(error)}",
            remedy="cel.dev has the language; `has(object.metadata.labels.team)` is an example",
        ) from error
    return Rule(
        code=custom.code,
        name=custom.name,
        severity=custom.severity,
        summary=custom.message,
        check_manifest=_check(custom, program),
        kinds=frozenset(custom.kinds),
    )


def _check(custom: CustomRule, program: cel.Program) -> Callable[[Manifest, World], Hits]:
    path = _path(custom.field)

    def check(manifest: Manifest, _: World) -> Hits:
        workload = workload_of(manifest)
        pod = None if workload is None else dict(workload.template)
        try:
            is_well = program.execute({"object": dict(manifest.value), "pod": pod})
        except (ValueError, TypeError, RuntimeError, LookupError, ArithmeticError) as error:
            message = f"{custom.message} (cannot be told: {_first_line(error)})"
            yield Hit(path, message, "ask with has() before looking at a field")
            return
        if is_well is not True:
            yield Hit(path, custom.message, custom.advice or f"see the rule {custom.name}")

    return check


def _path(field: str) -> FieldPath:
    """`spec.template.spec`: keys only."""
    return tuple(field.split(".")) if field else ()


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0]
