"""Who reaches whom: every party, every port, both ways, from rendered policies.

A party is one of our pods, a place that the values name, or somebody who should get nowhere: who
has the labels of such a place elsewhere, who is in its namespace without them, who is in our
namespace, a pod of another release, an address in each range that is not public.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from ipaddress import ip_network
from typing import Any

from runtime_app.egress.addresses import NOT_PUBLIC_V4, NOT_PUBLIC_V6
from tests.support.chart import NAMESPACE, Chart, Document, defaults
from tests.support.network_policy import EGRESS, INGRESS, Cluster, Gate, Party, of_kind

Port = tuple[int, str]
#: Who lets it: both ends, only the source, only the target, neither. Where one end is not a pod of
#: ours, our end decides.
YES, OUT, IN, NO = "yes", "out", "in", "."

_INSTANCE, _COMPONENT = "app.kubernetes.io/instance", "app.kubernetes.io/component"
_NAME = "app.kubernetes.io/name"
_PUBLIC = {"public": "1.1.1.1", "public, IPv6": "2606:4700::1111"}
_METADATA = {"metadata": "169.254.169.254", "metadata, IPv6": "fd00:ec2::254"}


@dataclass(frozen=True)
class Reach:
    """The parties around rendered documents, and what their policies let through."""

    documents: list[Document]
    network: Mapping[str, Any]

    @classmethod
    def of(cls, chart: Chart, values: Mapping[str, Any]) -> "Reach":
        """What these values let through."""
        return cls(chart.render(values), defaults()["network"] | values["network"])

    @cached_property
    def ours(self) -> list[Party]:
        """A pod of every role."""
        return [
            Party(component, (f"10.8.0.{number}",), NAMESPACE, labels)
            for number, (component, labels) in enumerate(sorted(_pods(self.documents)), 1)
        ]

    @cached_property
    def strangers(self) -> list[Party]:
        """Pods in our namespace that are none of ours."""
        others = [
            Party(
                f"{pod.name} of another {word}", pod.addresses, NAMESPACE, {**pod.labels, key: "x"}
            )
            for pod in self.ours
            for word, key in (("release", _INSTANCE), ("chart", _NAME))
        ]
        return [Party("stranger inside", ("10.8.1.1",), NAMESPACE, {"app": "x"}), *others]

    @cached_property
    def beyond(self) -> list[Party]:
        """Everybody who is not in our namespace."""
        found = [
            *self._places(),
            Party("stranger outside", ("10.9.9.9",), "elsewhere", {"app": "x"}),
        ]
        addresses = _PUBLIC | _METADATA
        addresses |= {
            str(block): str(block[1 if block.num_addresses > 1 else 0])
            for block in (*NOT_PUBLIC_V4, *NOT_PUBLIC_V6)
        }
        return [*found, *(Party(name, (address,)) for name, address in addresses.items())]

    @cached_property
    def ports(self) -> list[Port]:
        """Every port that somebody listens at or a policy names, and some that nobody does."""
        tcp = {22, 53, 80, 443, 65_535}
        for policy in of_kind(self.documents):
            for rule in (*policy["spec"].get("ingress", ()), *policy["spec"].get("egress", ())):
                tcp |= {port["port"] for port in rule.get("ports", ())}
        return [(53, "UDP"), (65_535, "UDP"), *((port, "TCP") for port in sorted(tcp))]

    def cells(self) -> Iterator[tuple[Party, Party, Port, str]]:
        """Source, target, port, and who lets it; one of a pair at least is in our namespace."""
        cluster, inside = Cluster({}, of_kind(self.documents)), [*self.ours, *self.strangers]
        everybody = [*inside, *self.beyond]
        out = {party.name: cluster.gate(EGRESS, party) for party in everybody}
        into = {party.name: cluster.gate(INGRESS, party) for party in everybody}
        for source in everybody:
            for target in everybody:
                if source is not target and (source in inside or target in inside):
                    for port in self.ports:
                        yield (
                            source,
                            target,
                            port,
                            _cell(out[source.name], into[target.name], port),
                        )

    def passing(self, gate: Gate) -> Iterator[bool]:
        """What one pod lets through in one direction, always in the same order."""
        for other in (*self.beyond, *self.ours, *self.strangers):
            for port in self.ports:
                yield gate.lets(other, *port)

    def _places(self) -> Iterator[Party]:
        for name, value in self.network.items():
            places = value["places"] if isinstance(value, dict) else value
            for number, place in enumerate(places, 1):
                yield from _parties(name if number == 1 else f"{name} {number}", place)


def _pods(documents: list[Document]) -> Iterator[tuple[str, dict[str, str]]]:
    for document in documents:
        if document["kind"] in ("Deployment", "Job"):
            labels = document["spec"]["template"]["metadata"]["labels"]
            yield labels[_COMPONENT], labels


def _parties(name: str, place: Mapping[str, Any]) -> Iterator[Party]:
    """Who is at a place, and who only looks so."""
    if "cidr" in place:
        yield Party(name, (str(ip_network(place["cidr"])[0]),))
        return
    namespace, labels = place["namespace"], place["podLabels"]
    yield Party(name, ("10.9.0.1",), namespace, labels)
    yield Party(f"{name} elsewhere", ("10.9.0.2",), "elsewhere", labels)
    yield Party(f"beside {name}", ("10.9.0.3",), namespace, {"app": "x"})


def _cell(source: Gate, target: Gate, port: Port) -> str:
    out, into = source.lets(target.pod, *port), target.lets(source.pod, *port)
    if source.pod.namespace == target.pod.namespace:
        return {(True, True): YES, (True, False): OUT, (False, True): IN}.get((out, into), NO)
    return YES if out and into else NO


def table(reach: Reach) -> str:
    """The matrix as text: a section for each target that somebody reaches, a row for each source.

    What is not written is denied.
    """
    found: dict[str, dict[str, dict[Port, str]]] = {}
    sources: dict[str, None] = {}
    targets: dict[str, None] = {}
    count = 0
    for source, target, port, cell in reach.cells():
        count += 1
        sources[source.name], targets[target.name] = None, None
        if cell != NO:
            found.setdefault(target.name, {}).setdefault(source.name, {})[port] = cell
    lines = [
        "Who reaches whom. What is not written here is denied.",
        f"yes: it gets there. {OUT}: only the source lets it. {IN}: only the target lets it.",
        "X elsewhere: with the labels of X, in another namespace. beside X: the other way round.",
        "",
        f"{count} cells of {len(sources)} sources, {len(targets)} targets and the ports "
        + ", ".join(map(_spelled, reach.ports)),
    ]
    for target in targets:
        if target in found:
            lines += ["", f"to {target}", *_rows(found[target])]
    closed = [target for target in targets if target not in found]
    return "\n".join([*lines, "", "Closed to all of ours, or to all:", *closed, ""])


def _rows(rows: Mapping[str, Mapping[Port, str]]) -> Iterator[str]:
    ports = sorted({port for row in rows.values() for port in row})
    yield f"  {'from':<40}" + "".join(f"{_spelled(port):>8}" for port in ports)
    for source, row in rows.items():
        yield f"  {source:<40}" + "".join(f"{row.get(port, NO):>8}" for port in ports)


def _spelled(port: Port) -> str:
    return str(port[0]) if port[1] == "TCP" else f"{port[0]}/{port[1].lower()}"
