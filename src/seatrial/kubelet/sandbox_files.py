"""The files every container of a pod is given: hosts, hostname, resolv.conf; pure text.

Differs from Kubernetes: `/etc/hostname` and `/etc/resolv.conf` are made by us, as by its container
engines; the words in the head of `/etc/hosts` are our own.
"""

from collections.abc import Mapping
from typing import Any

from seatrial.api.objects import Object, name_of, namespace_of, spec_of

HOSTNAME_LENGTH_MAX = 63
# What a resolver on Linux reads at most; Kubernetes warns above it.
NAMESERVERS_MAX = 3


def hostname(pod: Object) -> str:
    """`spec.hostname`, or the pod's name cut to what a kernel takes."""
    wanted = str(spec_of(pod).get("hostname") or name_of(pod))
    return wanted[:HOSTNAME_LENGTH_MAX].rstrip("-.")


def hosts(pod: Object, pod_ip: str, *, cluster_domain: str) -> str:
    """`/etc/hosts`."""
    spec = spec_of(pod)
    lines = [
        "# Made by the kubelet of seatrial for this pod.",
        "127.0.0.1\tlocalhost",
        "::1\tlocalhost ip6-localhost ip6-loopback",
        "fe00::0\tip6-localnet",
        "fe00::0\tip6-mcastprefix",
        "fe00::1\tip6-allnodes",
        "fe00::2\tip6-allrouters",
    ]
    name = hostname(pod)
    if pod_ip:
        subdomain = spec.get("subdomain")
        full = f"{name}.{subdomain}.{namespace_of(pod)}.svc.{cluster_domain}"
        lines.append(f"{pod_ip}\t{full}\t{name}" if subdomain else f"{pod_ip}\t{name}")
    aliases = spec.get("hostAliases") or []
    if aliases:
        lines += ["", "# Entries of spec.hostAliases."]
        lines += ["\t".join((each["ip"], *(each.get("hostnames") or []))) for each in aliases]
    return "\n".join(lines) + "\n"


def resolv_conf(pod: Object, *, cluster_dns: str, cluster_domain: str, own: str) -> str:
    """`/etc/resolv.conf` by `dnsPolicy`; `own` is the text of the node's."""
    spec = spec_of(pod)
    policy = spec.get("dnsPolicy") or "ClusterFirst"
    if policy == "ClusterFirst" and spec.get("hostNetwork"):
        policy = "Default"
    servers, searches, options = _of_policy(policy, namespace_of(pod), cluster_dns,
                                            cluster_domain, own)  # fmt: skip
    wanted: Mapping[str, Any] = spec.get("dnsConfig") or {}
    servers = _unique([*servers, *(wanted.get("nameservers") or [])])[:NAMESERVERS_MAX]
    searches = _unique([*searches, *(wanted.get("searches") or [])])
    for option in wanted.get("options") or []:
        options[option["name"]] = option.get("value") or ""
    lines = [f"search {' '.join(searches)}"] if searches else []
    lines += [f"nameserver {server}" for server in servers]
    if options:
        words = (f"{key}:{value}" if value else key for key, value in options.items())
        lines.append(f"options {' '.join(words)}")
    return "\n".join(lines) + "\n"


def _of_policy(
    policy: str, namespace: str, cluster_dns: str, domain: str, own: str
) -> tuple[list[str], list[str], dict[str, str]]:
    """Name servers, search domains and options."""
    if policy == "None":
        return [], [], {}
    if policy == "Default":
        return _read(own)
    _, searches, _ = _read(own)
    cluster = [f"{namespace}.svc.{domain}", f"svc.{domain}", domain]
    return [cluster_dns], cluster + searches, {"ndots": "5"}


def _read(text: str) -> tuple[list[str], list[str], dict[str, str]]:
    servers: list[str] = []
    searches: list[str] = []
    options: dict[str, str] = {}
    for line in text.splitlines():
        keyword, *words = line.split() or [""]
        if keyword == "nameserver" and words:
            servers.append(words[0])
        elif keyword == "search":
            searches = [word.rstrip(".") for word in words if word != "."]
        elif keyword == "options":
            options.update(_option(word) for word in words)
    return servers, searches, options


def _option(word: str) -> tuple[str, str]:
    name, _, value = word.partition(":")
    return name, value


def _unique(items: list[str]) -> list[str]:
    return list(dict.fromkeys(items))
