"""What Kubernetes NetworkPolicies let through: their semantics, as a pure function.

Policies only add: a pod that no policy selects for a direction is open in it; one that is selected
lets through what any of the policies that select it allows. A connection needs both ends: the
egress of its source and the ingress of its target. Answers to what was let through always pass, and
a pod always reaches itself.

Addresses are compared with `ipBlock` whoever has them, pods included, which is what the network
sees; policies of a cluster should not count on it for pods, because addresses may be rewritten.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from ipaddress import ip_address, ip_network
from typing import Any

Policy = Mapping[str, Any]
Rule = Mapping[str, Any]
Selector = Mapping[str, Any]

INGRESS, EGRESS = "Ingress", "Egress"
_address, _network = cache(ip_address), cache(ip_network)
_OTHER_END = {INGRESS: "from", EGRESS: "to"}


@dataclass(frozen=True)
class Party:
    """A pod, or with no namespace whatever has an address outside of the cluster's pods."""

    name: str
    addresses: tuple[str, ...]
    namespace: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    named_ports: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Cluster:
    """The labels of each namespace, and the policies that hold.

    Every namespace has the label `kubernetes.io/metadata.name`, as the API server sets it.
    """

    namespaces: Mapping[str, Mapping[str, str]]
    policies: Sequence[Policy]

    def allows(self, source: Party, target: Party, port: int, protocol: str = "TCP") -> bool:
        """Whether `source` may connect to `target`: both ends let it."""
        if source == target:
            return True
        return self.lets(EGRESS, source, target, port, protocol) and self.lets(
            INGRESS, target, source, port, protocol
        )

    def lets(self, way: str, pod: Party, other: Party, port: int, protocol: str = "TCP") -> bool:
        """Whether `pod` itself lets a connection out to, or in from, `other`."""
        return self.gate(way, pod).lets(other, port, protocol)

    def gate(self, way: str, pod: Party) -> "Gate":
        """What `pod` lets through in one direction."""
        selecting = [policy for policy in self.policies if selects(policy, way, pod)]
        return Gate(self.namespaces, way, pod, selecting if pod.namespace else [])


@dataclass(frozen=True)
class Gate:
    """One pod and one direction: the policies that select it for that."""

    namespaces: Mapping[str, Mapping[str, str]]
    way: str
    pod: Party
    policies: Sequence[Policy]

    def lets(self, other: Party, port: int, protocol: str = "TCP") -> bool:
        """Whether a connection from or to `other` passes."""
        target = self.pod if self.way == INGRESS else other
        return not self.policies or any(
            self._ports_fit(rule, target, port, protocol) and self._peers_fit(rule, policy, other)
            for policy in self.policies
            for rule in policy["spec"].get(self.way.lower()) or ()
        )

    def _ports_fit(self, rule: Rule, target: Party, port: int, protocol: str) -> bool:
        ports = rule.get("ports")
        return not ports or any(_port_fits(one, target, port, protocol) for one in ports)

    def _peers_fit(self, rule: Rule, policy: Policy, other: Party) -> bool:
        peers = rule.get(_OTHER_END[self.way])
        return not peers or any(self._peer_fits(peer, policy, other) for peer in peers)

    def _peer_fits(self, peer: Mapping[str, Any], policy: Policy, other: Party) -> bool:
        if "ipBlock" in peer:
            return any(_in_block(address, peer["ipBlock"]) for address in other.addresses)
        if not other.namespace:
            return False
        if "namespaceSelector" in peer:
            in_place = matches(peer["namespaceSelector"], self._labels(other.namespace))
        else:
            in_place = other.namespace == namespace_of(policy)
        return in_place and matches(peer.get("podSelector") or {}, other.labels)

    def _labels(self, namespace: str) -> Mapping[str, str]:
        return {"kubernetes.io/metadata.name": namespace, **self.namespaces.get(namespace, {})}


def namespace_of(policy: Policy) -> str:
    """The namespace that a policy is in."""
    return str(policy["metadata"].get("namespace", "default"))


def selects(policy: Policy, way: str, pod: Party) -> bool:
    """Whether a policy says anything of this pod in this direction."""
    spec = policy["spec"]
    default = [INGRESS, *([EGRESS] if "egress" in spec else [])]
    return (
        way in (spec.get("policyTypes") or default)
        and pod.namespace == namespace_of(policy)
        and matches(spec.get("podSelector") or {}, pod.labels)
    )


def matches(selector: Selector, labels: Mapping[str, str]) -> bool:
    """Whether labels satisfy a selector: all it says; an empty one says nothing and takes all."""
    return all(
        labels.get(name) == value for name, value in (selector.get("matchLabels") or {}).items()
    ) and all(_holds(one, labels) for one in selector.get("matchExpressions") or ())


def _holds(expression: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    value, values = labels.get(expression["key"]), expression.get("values") or ()
    match expression["operator"]:
        case "In":
            return value in values
        case "NotIn":
            return value not in values
        case "Exists":
            return value is not None
        case "DoesNotExist":
            return value is None
    raise ValueError(f"no such operator: {expression['operator']}")


def _port_fits(rule: Mapping[str, Any], target: Party, port: int, protocol: str) -> bool:
    if rule.get("protocol", "TCP") != protocol:
        return False
    wanted = rule.get("port")
    if wanted is None:
        return True
    if isinstance(wanted, str):
        return target.named_ports.get(wanted) == port
    return int(wanted) <= port <= int(rule.get("endPort", wanted))


def _in_block(address: str, block: Mapping[str, Any]) -> bool:
    def inside(network: str) -> bool:
        return _address(address) in _network(network)

    return inside(block["cidr"]) and not any(map(inside, block.get("except") or ()))


def of_kind(documents: Iterable[Mapping[str, Any]]) -> list[Policy]:
    """The policies among rendered documents."""
    return [document for document in documents if document["kind"] == "NetworkPolicy"]
