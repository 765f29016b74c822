"""Private addresses that a text names as hosts. Shared by the rules of 5xx.

Holds: networks, masks, addresses to listen on, name servers, proxies' exceptions and what may be
a version are passed over; a rule that cannot know stays silent.
"""

from collections.abc import Iterator
from ipaddress import ip_address, ip_network

from seatrial.lint.texts import host_in, words_in

# RFC 1918, RFC 6598 and RFC 4193: what clusters give to pods, Services and nodes.
_PRIVATE = tuple(
    map(
        ip_network,
        ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7"),
    )
)
_BEGINNINGS = ("10.", "172.", "192.168.", "100.", "fc", "fd")
# Words of a name that say: this is no peer.
_NO_PEER = frozenset(
    {"advertise", "allow", "allowed", "bind", "blacklist", "cidr", "cidrs", "deny", "denied", "dns"}
    | {"exclude", "listen", "mask", "nameserver", "nameservers", "netmask", "network", "networks"}
    | {"noproxy", "proxies", "range", "ranges", "real", "resolver", "resolvers", "route", "subnet"}
    | {"subnets", "tag", "trusted", "version", "whitelist"}
)
# Words that say: this is one. Needed where four numbers may as well be a version.
_PEER = frozenset(
    {"addr", "address", "addresses", "backend", "broker", "brokers", "db", "endpoint", "endpoints"}
    | {"host", "hostname", "hosts", "ip", "ips", "join", "leader", "master", "member", "members"}
    | {"node", "nodes", "peer", "peers", "primary", "replica", "replicas", "seed", "seeds"}
    | {"server", "servers", "upstream", "uri", "url", "urls"}
    # Not programs whose versions begin with 10: mariadb, traefik's plugins and their like.
    | {"database", "kafka", "memcached", "mongo", "mongodb", "mysql", "postgres", "postgresql"}
    | {"rabbitmq", "redis"}
)
_COMMENTS = ("#", ";", "//", "--", "*", "<!--")


def addresses_in(text: str, name: str) -> Iterator[str]:
    """The private addresses in a value, given the name of the variable or flag it belongs to."""
    if not any(each in text for each in _BEGINNINGS) or is_no_peer(name):
        return
    previous = name
    for word in words_in(text):
        host = host_in(word)
        if host is None or not is_private(host.name):
            previous = word if word[0] not in "0123456789" else previous
        elif not is_no_peer(previous) and (
            host.is_addressed or not host.name.startswith("10.") or _words(previous) & _PEER
        ):
            yield host.name


def addresses_in_lines(text: str, name: str) -> Iterator[str]:
    """The same for a file: line by line, comments left out."""
    if not any(each in text for each in _BEGINNINGS) or is_no_peer(name):
        return
    for line in text.splitlines():
        bare = line.strip()
        if any(each in bare for each in _BEGINNINGS) and not bare.startswith(_COMMENTS):
            head = bare.replace("=", " ").replace(":", " ").split(None, 1)[0]
            if not any(is_no_peer(word) for word in (head, *bare.split())):
                yield from addresses_in(bare, head)


def is_private(text: str) -> bool:
    """An address of a private network that can be a host's."""
    if not text.startswith(_BEGINNINGS) or (":" not in text and text.count(".") != 3):
        return False
    try:
        address = ip_address(text)
    except ValueError:
        return False
    if address.version == 4 and int(address) & 0xFF in {0, 255}:
        return False  # a network, or everybody in it
    return any(address in each for each in _PRIVATE if each.version == address.version)


def is_no_peer(name: str) -> bool:
    """A variable, flag or word of this name says something else than whom to talk to."""
    words = _words(name)
    return bool(words & _NO_PEER) or {"no", "proxy"} <= words


def _words(name: str) -> set[str]:
    for separator in "-.:":
        name = name.replace(separator, "_")
    return set(name.lower().split("_"))
