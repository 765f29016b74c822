"""Brings the kernel's rules from what they are to what is meant (shell).

Does: write the difference, Service by Service; then tell the journal, and forget UDP flows to
endpoints that are gone.
Does not: decide when, nor look at the cluster.
Holds: the journal is told of a change when the kernel has it, not before; a Service changes
atomically, and what did not change is not written.
"""

from collections.abc import Iterable, Mapping
from typing import TypeAlias

from seatrial.kit.journal import Journal
from seatrial.network.conntrack.interface import Conntrack
from seatrial.network.proxy.intent import ServicePort
from seatrial.network.proxy.news import rules_news
from seatrial.network.proxy.render import NodeView, render_base, render_service
from seatrial.network.proxy.stale import stale_flows
from seatrial.network.ruleset.changes import plan_changes, weight_of
from seatrial.network.ruleset.interface import Ruleset
from seatrial.network.ruleset.values import Table

# A user without privilege may send the kernel some 400 KB at once; see `weight_of` for the unit.
TRANSACTION_WEIGHT_MAX = 1000
SERVICES_PER_TRANSACTION = 64

# What one Service means: its ports, none when it is gone or means nothing here.
Intent: TypeAlias = tuple[ServicePort, ...]


class RuleWriter:
    """Knows what the kernel has, as long as nobody else writes to its table."""

    def __init__(
        self, node: NodeView, ruleset: Ruleset, conntrack: Conntrack, journal: Journal
    ) -> None:
        self._node = node
        self._ruleset = ruleset
        self._conntrack = conntrack
        self._journal = journal
        self._base = render_base(node)
        self._written: dict[str, Intent] = {}
        # What the journal was told, which after a refusal is not what the kernel has.
        self._told: dict[str, Intent] = {}

    def write(self, wanted: Mapping[str, Intent]) -> None:
        """Let these Services (by "namespace/name") be as wanted, the others as they are.

        Raises NetworkError; then only `rewrite` helps.
        """
        changed = [key for key in wanted if wanted[key] != self._written.get(key, ())]
        for start in range(0, len(changed), SERVICES_PER_TRANSACTION):
            part = changed[start : start + SERVICES_PER_TRANSACTION]
            self._write_some({key: wanted[key] for key in part})

    def rewrite(self, wanted: Mapping[str, Intent]) -> None:
        """Start from an empty table and let there be these Services, and no other."""
        self._ruleset.create()
        for changes in plan_changes(Table(), self._base).transactions(TRANSACTION_WEIGHT_MAX):
            self._ruleset.apply(changes)
        self._written = {}
        self.write(wanted)
        for key in [each for each in self._told if each not in self._written]:
            self._tell(key)

    def _write_some(self, wanted: Mapping[str, Intent]) -> None:
        old = self._render(self._written.get(key, ()) for key in wanted)
        new = self._render(wanted.values())
        plan = plan_changes(old, new, shared=self._base.sets)
        if weight_of(plan.switch) > TRANSACTION_WEIGHT_MAX and len(wanted) > 1:
            for key, intent in wanted.items():
                self._write_some({key: intent})
            return
        for changes in plan.transactions(TRANSACTION_WEIGHT_MAX):
            self._ruleset.apply(changes)
        for key, intent in wanted.items():
            self._written[key] = intent
            if not intent:
                del self._written[key]
            self._tell(key)
        self._forget_stale([port for intent in wanted.values() for port in intent])

    def _render(self, intents: Iterable[Intent]) -> Table:
        part = Table()
        for ports in intents:
            part = part.joined(render_service(ports, self._node))
        return part

    def _tell(self, key: str) -> None:
        present = self._written.get(key, ())
        for news in rules_news(self._told.pop(key, ()), present):
            self._journal.write("rules", service=key, **news)
        if present:
            self._told[key] = present

    def _forget_stale(self, ports: Iterable[ServicePort]) -> None:
        udp = [port for port in ports if port.protocol == "udp"]
        if not udp:
            return
        flows = self._conntrack.flows("udp")
        for flow in stale_flows(flows, udp, node_ip=self._node.node_ip):
            self._conntrack.forget(flow)
