"""Which documents are objects of Kubernetes. Pure.

Does: sorts the documents of one text into manifests, complaints, and what is something else.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from seatrial.lint.load.complaints import unrendered
from seatrial.lint.load.text import Document, NoMapping
from seatrial.lint.manifest import Manifest
from seatrial.lint.model import BadInput

_REMEDY = "name manifests of Kubernetes, or the directory: then other files are passed over"


@dataclass(slots=True)
class Sorted:
    """The documents of one text."""

    manifests: list[Manifest] = field(default_factory=list)
    bad: list[BadInput] = field(default_factory=list)
    others: list[BadInput] = field(default_factory=list)  # what to say of them if it must be


def sort_documents(documents: Iterable[Document]) -> Sorted:
    """Sorts them."""
    done = Sorted()
    for each in documents:
        if isinstance(each, BadInput):
            done.bad.append(each)
        elif isinstance(each, NoMapping):
            done.others.append(BadInput(each.place, f"is {each.what}, no object", _REMEDY))
        elif not _is_for_other_tools(each):
            _sort_mapping(each, done)
    return done


def _sort_mapping(manifest: Manifest, done: Sorted) -> None:
    missing = tuple(_missing(manifest))
    if "{{" in manifest.name:
        done.bad.append(unrendered(manifest.place(("metadata", "name"))))
    elif not missing:
        done.manifests.append(manifest)
    elif len(missing) == 1 and ("metadata" in manifest.value or "spec" in manifest.value):
        done.bad.append(BadInput(manifest.place(), f"the object has no {missing[0]}"))
    else:
        message = f"is no object of Kubernetes: it has no {' and no '.join(missing)}"
        done.others.append(BadInput(manifest.place(), message, _REMEDY))


def _missing(manifest: Manifest) -> Iterator[str]:
    if not manifest.api_version:
        yield "apiVersion"
    if not manifest.kind:
        yield "kind"


def _is_for_other_tools(manifest: Manifest) -> bool:
    """Has apiVersion and kind as objects have, but is for kustomize or kubectl themselves."""
    is_kubeconfig = manifest.api_version == "v1" and manifest.kind == "Config"
    return is_kubeconfig or manifest.group == "kustomize.config.k8s.io"
