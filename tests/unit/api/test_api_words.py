"""Names, quantities, timestamps, selectors: what is taken, what is refused, in which words."""

import pytest

from seatrial.api import fields, names, quantities, selectors, timestamps
from seatrial.api.kinds import CONFIG_MAP, POD


@pytest.mark.parametrize("text", ["a", "my-name", "123-abc", "a" * 63])
def test_labels_that_are_taken(text: str) -> None:
    assert names.explain_dns_label(text) == ""


@pytest.mark.parametrize("text", ["", "A", "-a", "a-", "a.b", "ä", "a\n"])
def test_labels_that_are_refused(text: str) -> None:
    assert "a lowercase RFC 1123 label must consist of" in names.explain_dns_label(text)


def test_a_label_that_is_too_long() -> None:
    assert names.explain_dns_label("a" * 64) == "must be no more than 63 bytes"


def test_the_exact_words_of_a_refused_subdomain() -> None:
    assert names.explain_dns_subdomain("X_") == (
        "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or "
        "'.', and must start and end with an alphanumeric character (e.g. 'example.com', regex "
        r"used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
    )


@pytest.mark.parametrize(
    ("text", "is_good"),
    [
        ("app", True), ("app.kubernetes.io/name", True), ("A_b.c", True), ("", False),
        ("/x", False), ("x/", False), ("a/b/c", False), ("UP.io/x", False), ("a" * 64, False),
    ],
)  # fmt: skip
def test_label_keys(text: str, is_good: bool) -> None:
    assert (names.explain_qualified_name(text) == "") is is_good


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("http", ""),
        ("a" * 16, "must be no more than 15 bytes"),
        ("80", "must contain at least one letter (a-z)"),
        ("a--b", "must not contain consecutive hyphens"),
        ("-a", "must not begin or end with a hyphen"),
        ("A", "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)"),
    ],
)
def test_port_names(text: str, wrong: str) -> None:
    assert names.explain_port_name(text) == wrong


@pytest.mark.parametrize(
    ("text", "is_good"),
    [("a.b", True), (".hidden", True), ("..", False), (".", False), ("..x", False), ("a/b", False)],
)
def test_config_keys(text: str, is_good: bool) -> None:
    assert (names.explain_config_key(text) == "") is is_good


@pytest.mark.parametrize(
    ("text", "is_good"), [("A", True), ("a b", True), ("a=b", False), ("", False)]
)
def test_environment_names(text: str, is_good: bool) -> None:
    assert (names.explain_env_name(text) == "") is is_good


def test_others() -> None:
    assert names.explain_dns_1035_label("web") == ""
    assert "DNS-1035" in names.explain_dns_1035_label("1web")
    assert names.explain_label_value("") == ""
    assert "a valid label must be an empty string" in names.explain_label_value("a b")
    assert names.explain_port_number(0) == "must be between 1 and 65535, inclusive"
    assert names.explain_path_segment("a/b") == "may not contain '/'"
    assert names.explain_path_segment("..") == "may not be '..'"


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("0.5", "500m"), ("1024Mi", "1Gi"), ("1.5Gi", "1536Mi"), ("1000", "1k"), ("1e3", "1e3"),
        ("0.1Ki", "102400m"), ("1023Ki", "1023Ki"), ("512", "512"), ("1024", "1024"), ("-3", "-3"),
        ("0.0000000001", "1n"), ("0", "0"), ("100m", "100m"), ("12E", "12E"), ("1000E", "1000E"),
    ],
)  # fmt: skip
def test_quantities_in_canonical_form(text: str, canonical: str) -> None:
    assert quantities.canonical(text) == canonical


@pytest.mark.parametrize("text", ["", "1.2.3", "x", "1ki", "1 Gi", "1e", "9" * 65, "1e999", "."])
def test_what_is_no_quantity(text: str) -> None:
    with pytest.raises(quantities.QuantityError):
        quantities.parse(text)


def test_quantity_arithmetic() -> None:
    gi, half = quantities.parse("1Gi"), quantities.parse("0.5")
    assert str(gi + gi) == "2Gi"
    assert str(quantities.ZERO + gi) == "1Gi"
    assert (half.milli, half.units) == (500, 1)
    assert quantities.parse("1Ki") == quantities.parse("1024")
    assert half < gi
    assert str(quantities.from_units(2.5)) == "2500m"
    assert str(gi - gi) == "0"


def test_timestamps() -> None:
    assert timestamps.render(1.9) == "1970-01-01T00:00:01Z"
    assert timestamps.render_micro(1.5) == "1970-01-01T00:00:01.500000Z"
    assert timestamps.parse("1970-01-01T01:00:01.123456789+01:00") == 1.123456


@pytest.mark.parametrize(
    "text", ["", "1970-01-01", "1970-01-01T00:00:00", "now", "1970-13-01T00:00:00Z"]
)
def test_what_is_no_timestamp(text: str) -> None:
    assert not timestamps.is_timestamp(text)


@pytest.mark.parametrize(
    ("text", "labels", "is_matched"),
    [
        ("", {}, True), ("a=b", {"a": "b"}, True), ("a==b", {"a": "c"}, False), ("a!=b", {}, True),
        ("a in (b, c)", {"a": "c"}, True), ("a notin (b)", {"a": "b"}, False),
        ("a", {"a": ""}, True), ("!a", {"a": ""}, False), ("a,b=c", {"a": "1"}, False),
        ("n>3", {"n": "4"}, True),
        ("n<3", {"n": "x"}, False), ("a=", {"a": ""}, True), ("in in (in)", {"in": "in"}, True),
    ],
)  # fmt: skip
def test_label_selectors(text: str, labels: dict[str, str], is_matched: bool) -> None:
    assert selectors.parse(text).matches(labels) is is_matched


@pytest.mark.parametrize(
    "text", ["a=b c", "a in (b", "=b", "a=b,", "a b", "a/b/c=1", "a in b", "n>x", "(", "a=ä"]
)
def test_what_is_no_label_selector(text: str) -> None:
    with pytest.raises(selectors.SelectorError):
        selectors.parse(text)


def test_selectors_as_objects() -> None:
    form = {
        "matchLabels": {"a": "b"},
        "matchExpressions": [{"key": "c", "operator": "NotIn", "values": ["d"]}],
    }
    found = selectors.from_object(form)
    assert str(found) == "a=b,c notin (d)"
    assert selectors.from_object({}).is_everything
    assert not selectors.from_object(None).matches({})
    assert not selectors.from_labels(None).matches({})
    with pytest.raises(selectors.SelectorError, match="valid label selector operator"):
        selectors.from_object({"matchExpressions": [{"key": "a", "operator": "Near"}]})
    with pytest.raises(selectors.SelectorError, match="can't be empty"):
        selectors.from_object({"matchExpressions": [{"key": "a", "operator": "In"}]})
    with pytest.raises(selectors.SelectorError, match="must be empty"):
        selectors.from_object(
            {"matchExpressions": [{"key": "a", "operator": "Exists", "values": ["x"]}]}
        )


def test_field_selectors() -> None:
    found = fields.parse("metadata.name=web,status.phase!=Running")
    pod = {"metadata": {"name": "web"}, "status": {"phase": "Pending"}}
    assert found.matches(pod)
    assert not found.matches({"metadata": {"name": "web"}, "status": {"phase": "Running"}})
    assert found.exact("metadata.name") == "web"
    assert found.exact("status.phase") is None
    assert str(found) == "metadata.name=web,status.phase!=Running"
    assert fields.unsupported_field(POD, found) == ""
    assert fields.unsupported_field(CONFIG_MAP, found) == "status.phase"
    assert fields.explain_unsupported("x") == "field label not supported: x"
    assert fields.parse("").is_everything
    assert fields.parse("spec.unschedulable=false").matches({})
    assert fields.value_of({"spec": {"hostNetwork": True}}, "spec.hostNetwork") == "true"
    assert fields.value_of({"reportingComponent": "kubelet"}, "source") == "kubelet"
    assert str(fields.parse(r"metadata.name=a\,b")) == r"metadata.name=a\,b"
    with pytest.raises(selectors.SelectorError):
        fields.parse("nonsense")
