"""Has a manifest the fields and types of its kind? Told before anything starts.

Does: the structure, strictly, as the API server would tell a `kubectl apply`.
Does not: judge values; the API server does, with the same words for everybody.
"""

from collections.abc import Iterator

from seatrial.api.kinds import Kind
from seatrial.api.objects import Object, name_of
from seatrial.api.schema.validate import Structure, take_apart
from seatrial.trials.errors import ManifestError


def refuse_malformed(kind: Kind, obj: Object, place: str) -> None:
    """Raises ManifestError with everything that is wrong with the form of this object."""
    wrong = list(_wrong(take_apart(kind, obj)))
    if wrong:
        raise ManifestError(
            f"{place}: {kind.kind} {name_of(obj)}: {'; '.join(wrong)}",
            remedy=f"`kubectl explain {kind.singular} --recursive` lists its fields",
        )


def _wrong(structure: Structure) -> Iterator[str]:
    for mistake in structure.mistakes:
        yield f"{mistake.field} must be {_article(mistake.wanted)}, not {_article(mistake.found)}"
    yield from structure.warnings
    yield from (f'missing field "{path}"' for path in structure.missing)


def _article(noun: str) -> str:
    return f"{'an' if noun[:1] in 'aeiou' else 'a'} {noun}"
