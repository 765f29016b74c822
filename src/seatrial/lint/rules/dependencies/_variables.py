"""Uses of the variables that Kubernetes makes of Services: `DB_SERVICE_HOST`."""

from collections.abc import Iterator, Sequence

from seatrial.lint.manifest import mapping, sequence
from seatrial.lint.texts import Text
from seatrial.lint.workload import Container

_ENDINGS = ("_SERVICE_HOST", "_SERVICE_PORT")
# Made in every namespace, whatever the pod's links.
_ALWAYS = "KUBERNETES_SERVICE_"


def service_variables(container: Container, texts: Sequence[Text]) -> Iterator[tuple[Text, str]]:
    """Each variable of a Service that a text of the container expands; not its own variables."""
    if not any("_SERVICE_" in text.text for text in texts):
        return
    own = {str(mapping(each).get("name")) for each in sequence(container.value.get("env"))}
    for text in texts:
        if "$" in text.text and "_SERVICE_" in text.text:
            for name in dict.fromkeys(_expanded(text.text)):
                if name not in own and not name.startswith(_ALWAYS):
                    yield text, name


def _expanded(text: str) -> Iterator[str]:
    for piece in text.split("$")[1:]:
        name = _identifier(piece.lstrip("({"))
        if any(ending in name for ending in _ENDINGS):
            yield name


def _identifier(text: str) -> str:
    for index, letter in enumerate(text):
        if not (letter.isalnum() or letter == "_"):
            return text[:index]
    return text
