"""Which names Kubernetes takes: each function says what is wrong with a text, or "".

Does: words each refusal as the API server does, so that messages can be searched for.
"""

import re

LABEL_BYTES_MAX = 63
SUBDOMAIN_BYTES_MAX = 253
PORT_NAME_BYTES_MAX = 15
CONFIG_KEY_BYTES_MAX = 253
ANNOTATIONS_BYTES_MAX = 256 * 1024
GENERATED_BASE_BYTES_MAX = (
    58  # a generated name is a label: its base leaves room for five characters
)

_DNS_LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_DNS_SUBDOMAIN = rf"{_DNS_LABEL}(\.{_DNS_LABEL})*"
_DNS_1035 = "[a-z]([-a-z0-9]*[a-z0-9])?"
_QUALIFIED = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"
_LABEL_VALUE = f"({_QUALIFIED})?"
_CONFIG_KEY = "[-._a-zA-Z0-9]+"

_is_dns_label = re.compile(_DNS_LABEL).fullmatch
_is_dns_subdomain = re.compile(_DNS_SUBDOMAIN).fullmatch
_is_dns_1035 = re.compile(_DNS_1035).fullmatch
_is_qualified = re.compile(_QUALIFIED).fullmatch
_is_config_key = re.compile(_CONFIG_KEY).fullmatch


def explain_dns_label(text: str) -> str:
    """What keeps `text` from being an RFC 1123 label (container, namespace and volume names)."""
    if len(text) > LABEL_BYTES_MAX:
        return too_long(LABEL_BYTES_MAX)
    if _is_dns_label(text):
        return ""
    return (
        "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', "
        "and must start and end with an alphanumeric character "
        + _examples(_DNS_LABEL, "my-name", "123-abc")
    )


def explain_dns_subdomain(text: str) -> str:
    """What keeps `text` from being an RFC 1123 subdomain (the names of most objects)."""
    if len(text) > SUBDOMAIN_BYTES_MAX:
        return too_long(SUBDOMAIN_BYTES_MAX)
    if _is_dns_subdomain(text):
        return ""
    return (
        "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or "
        "'.', and must start and end with an alphanumeric character "
        + _examples(_DNS_SUBDOMAIN, "example.com")
    )


def explain_dns_1035_label(text: str) -> str:
    """What keeps `text` from being an RFC 1035 label, which starts with a letter (Services)."""
    if len(text) > LABEL_BYTES_MAX:
        return too_long(LABEL_BYTES_MAX)
    if _is_dns_1035(text):
        return ""
    return (
        "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an "
        "alphabetic character, and end with an alphanumeric character "
        + _examples(_DNS_1035, "my-name", "abc-123")
    )


def explain_qualified_name(text: str) -> str:
    """What keeps `text` from being a label key: `name`, or `subdomain/name`."""
    prefix, slash, name = text.rpartition("/")
    if slash and not prefix:
        return "prefix part must be non-empty"
    if "/" in prefix:
        return (
            "a qualified name must consist of alphanumeric characters, '-', '_' or '.', and must "
            "start and end with an alphanumeric character "
            + _examples(_QUALIFIED, "MyName", "my.name", "123-abc")
            + " with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"
        )
    wrong_prefix = explain_dns_subdomain(prefix) if slash else ""
    return f"prefix part {wrong_prefix}" if wrong_prefix else _explain_name_part(name)


def _explain_name_part(name: str) -> str:
    if not name:
        return "name part must be non-empty"
    if len(name) > LABEL_BYTES_MAX:
        return f"name part {too_long(LABEL_BYTES_MAX)}"
    if _is_qualified(name):
        return ""
    return (
        "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and "
        "end with an alphanumeric character "
        + _examples(_QUALIFIED, "MyName", "my.name", "123-abc")
    )


def explain_label_value(text: str) -> str:
    """What keeps `text` from being a label's value."""
    if len(text) > LABEL_BYTES_MAX:
        return too_long(LABEL_BYTES_MAX)
    if not text or _is_qualified(text):
        return ""
    return (
        "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or "
        "'.', and must start and end with an alphanumeric character "
        + _examples(_LABEL_VALUE, "MyValue", "my_value", "12345")
    )


def explain_env_name(text: str) -> str:
    """What keeps `text` from naming an environment variable."""
    if not text:
        return "environment variable name must be non-empty"
    if all(" " <= letter <= "~" and letter != "=" for letter in text):
        return ""
    return (
        "a valid environment variable name must consist only of printable ASCII characters "
        "other than '='"
    )


def explain_port_name(text: str) -> str:
    """What keeps `text` from naming a port (an IANA service name)."""
    if len(text) > PORT_NAME_BYTES_MAX:
        return too_long(PORT_NAME_BYTES_MAX)
    if not re.fullmatch("[-a-z0-9]+", text):
        return "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)"
    if not re.search("[a-z]", text):
        return "must contain at least one letter (a-z)"
    if "--" in text:
        return "must not contain consecutive hyphens"
    if text.startswith("-") or text.endswith("-"):
        return "must not begin or end with a hyphen"
    return ""


def explain_port_number(number: int) -> str:
    """What keeps `number` from being a port."""
    return "" if 1 <= number <= 65535 else "must be between 1 and 65535, inclusive"


def explain_config_key(text: str) -> str:
    """What keeps `text` from being a key of a ConfigMap or Secret (it may become a file name)."""
    if len(text) > CONFIG_KEY_BYTES_MAX:
        return too_long(CONFIG_KEY_BYTES_MAX)
    if not _is_config_key(text):
        return (
            "a valid config key must consist of alphanumeric characters, '-', '_' or '.' "
            + _examples(_CONFIG_KEY, "key.name", "KEY_NAME", "key-name")
        )
    if text == ".":
        return "must not be '.'"
    if text == "..":
        return "must not be '..'"
    return "must not start with '..'" if text.startswith("..") else ""


def explain_path_segment(text: str) -> str:
    """What keeps `text` from being one segment of a URL path."""
    if text in {".", ".."}:
        return f"may not be '{text}'"
    found = next((mark for mark in ("/", "%") if mark in text), "")
    return f"may not contain '{found}'" if found else ""


def too_long(bytes_max: int) -> str:
    """The refusal of a text that is longer than `bytes_max`."""
    return f"must be no more than {bytes_max} bytes"


def _examples(pattern: str, *examples: str) -> str:
    # The double blank before "or" is Kubernetes' own.
    shown = " or ".join(f"'{example}', " for example in examples)
    return f"(e.g. {shown}regex used for validation is '{pattern}')"
