"""Label selectors of manifests, which may be anything that YAML can say."""

from seatrial.api.selectors import Selector, SelectorError, from_object


def selector_in(value: object) -> Selector:
    """The object form. Raises SelectorError also where a part is not of its type."""
    if not isinstance(value, dict):
        raise SelectorError("a selector is a mapping of matchLabels and matchExpressions")
    labels, expressions = value.get("matchLabels"), value.get("matchExpressions")
    if not isinstance(labels, dict | None):
        raise SelectorError("matchLabels is a mapping of labels to values")
    if not isinstance(expressions, list | None):
        raise SelectorError("matchExpressions is a list")
    for each in expressions or ():
        if not isinstance(each, dict) or not isinstance(each.get("operator"), str):
            raise SelectorError("an entry of matchExpressions has a key and an operator")
        values = each.get("values")
        if not isinstance(values, list | None) or not all(
            isinstance(one, str) for one in values or ()
        ):
            raise SelectorError("values of matchExpressions are a list of texts")
    return from_object(value)
