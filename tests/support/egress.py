"""What tests of the way out put in place of DNS, and how they see what was sent."""

import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from ipaddress import ip_network
from typing import Any

from runtime_app.clock import SystemClock
from runtime_app.egress.addresses import Address, parse
from runtime_app.egress.allowlist import Allowlist
from runtime_app.egress.fetch import Egress
from runtime_app.egress.policy import EgressLimits, EgressPolicy
from runtime_app.egress.refusal import EgressRefused
from tests.support.outside import Outside, trusting

ALLOW = Allowlist.parse("api.example.com, www.example.com, *.example.org")
#: Plays a public address, and is none: nothing of this machine listens there but the server.
PUBLIC = "127.0.0.80"


class Names:
    """A resolver over a table: each answer of a name once, the last one for good."""

    def __init__(self, table: Mapping[str, Sequence[Sequence[str]]]) -> None:
        self._table = {name: list(answers) for name, answers in table.items()}
        self.asked: list[str] = []

    def resolve(self, host: str, timeout_s: float) -> Sequence[Address]:
        self.asked.append(host)
        answers = self._table.get(host)
        if not answers:
            raise EgressRefused("name_unresolved", f"DNS has no address for {host}")
        given = answers.pop(0) if len(answers) > 1 else answers[0]
        return [parse(text) for text in given]


def names() -> Names:
    """The usual names, all at the server outside."""
    hosts = ("api.example.com", "www.example.com", "api.example.org", "other.example.org")
    return Names({host: [[PUBLIC]] for host in hosts})


def way_out(resolver: Any, **parts: Any) -> Egress:
    """The guard over a resolver, trusting the tests' authority."""
    parts = {"allow": ALLOW, "tls": trusting(), **parts}
    return Egress(resolver, SystemClock(), **parts)


def policy(server: Outside, limits: EgressLimits | None = None, **fields: Any) -> EgressPolicy:
    """A policy under which the server outside, and nothing else on this machine, is public."""
    fields = {"allowlists": (ALLOW,), "networks": (ip_network(PUBLIC),), **fields}
    return EgressPolicy(
        ports=frozenset((server.port,)), limits=limits or EgressLimits(total_s=5), **fields
    )


class Sent:
    """What this thread has asked of the network: connections, look-ups, packets."""

    def __init__(self) -> None:
        self.connects: list[Any] = []
        self.others: list[str] = []


_watching = threading.local()


def _watch(event: str, arguments: tuple[Any, ...]) -> None:
    sent: Sent | None = getattr(_watching, "sent", None)
    if sent is None:
        return
    if event == "socket.connect":
        sent.connects.append(arguments[1])
    elif event in ("socket.getaddrinfo", "socket.gethostbyname", "socket.sendto", "socket.sendmsg"):
        sent.others.append(event)


sys.addaudithook(_watch)


@contextmanager
def watched() -> Iterator[Sent]:
    """Watch what the calling thread sends, as the interpreter itself reports it."""
    _watching.sent = Sent()
    try:
        yield _watching.sent
    finally:
        _watching.sent = None
