"""An annotation `seatrial.dev/ignore` stands there without a reason, or names a code wrongly.

Why it hurts: whoever meets the silence next year cannot know whether it still holds. Findings are
therefore silenced for a reason or not at all.

Prove it: nothing to run; the annotation itself is the fault.

Bad:
    apiVersion: v1
    kind: Pod
    metadata:
      name: once
      annotations:
        seatrial.dev/ignore: SEA801
    spec:
      containers:
      - name: once
        image: once:1.0

Good:
    apiVersion: v1
    kind: Pod
    metadata:
      name: once
      annotations:
        seatrial.dev/ignore: SEA801
        seatrial.dev/ignore-reason: a migration that is run by hand, once
    spec:
      containers:
      - name: once
        image: once:1.0
"""

from seatrial.findings.registry import by_code
from seatrial.lint.manifest import Manifest
from seatrial.lint.rule import WARNING, Hit, Hits, Rule, World
from seatrial.lint.silence import IGNORE, NEVER_SILENT, REASON, silences_of


def check(manifest: Manifest, world: World) -> Hits:
    for silence in silences_of(manifest):
        named = ", ".join(silence.names) or "nothing"
        if not silence.reason:
            yield Hit(
                silence.path,
                f"{named} is to be ignored and no reason is given: it is not ignored",
                f"say why in the annotation {REASON} beside it",
            )
        for name in silence.names:
            if name.startswith("SEA") and name not in by_code():
                yield Hit(
                    silence.path,
                    f"{IGNORE} names {name}, and there is no such code",
                    "`seatrial explain` lists the codes there are",
                )


RULE = Rule(
    code="SEA819",
    name=NEVER_SILENT,
    severity=WARNING,
    summary=f"an annotation {IGNORE} that gives no reason",
    check_manifest=check,
)
