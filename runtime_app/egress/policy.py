"""What a fetch may do and use up."""

from dataclasses import dataclass, field

from runtime_app.egress.addresses import Network
from runtime_app.egress.allowlist import Allowlist
from runtime_app.egress.destination import PORTS, Destination
from runtime_app.egress.refusal import EgressRefused


@dataclass(frozen=True, slots=True)
class EgressLimits:
    """Bounds on one fetch, redirects included.

    Args:
        resolve_s, connect_s: for each hop; total_s: for all of it.
        header_bytes: of each answer, interim answers included.
        wire_bytes: of the body as it comes, framing included.
        pieces: that the body comes in; a chunk of one byte costs as much work as a large one.
        body_bytes: of the body unpacked.
        expansion: how many times its size a compressed body may become, once it is past 64 KiB.
    """

    redirects: int = 3
    resolve_s: float = 5
    connect_s: float = 5
    total_s: float = 20
    header_bytes: int = 65_536
    wire_bytes: int = 2_097_152
    pieces: int = 32_768
    body_bytes: int = 1_048_576
    expansion: int = 100


@dataclass(frozen=True, slots=True)
class EgressPolicy:
    """Where a fetch may go: a host must be on every allowlist.

    Args:
        plain_http: whether http, on port 80, is allowed beside https.
        ports: in place of 443 and 80; for tests alone, as `networks` is.
        networks: counted as public. No setting leads to either.
    """

    allowlists: tuple[Allowlist, ...]
    plain_http: bool = False
    limits: EgressLimits = EgressLimits()
    ports: frozenset[int] = field(default=frozenset(), kw_only=True)
    networks: tuple[Network, ...] = field(default=(), kw_only=True)

    def check(self, destination: Destination) -> None:
        """Check what can be checked before anything is asked of DNS.

        Raises:
            EgressRefused: scheme_forbidden, port_forbidden, host_not_allowed.
        """
        if destination.scheme == "http" and not self.plain_http:
            raise EgressRefused("scheme_forbidden", "only https is fetched")
        if destination.port not in (self.ports or {PORTS[destination.scheme]}):
            raise EgressRefused("port_forbidden", f"port {destination.port} is not to be asked")
        if not self.allowlists or not all(
            allowlist.allows(destination.host) for allowlist in self.allowlists
        ):
            raise EgressRefused(
                "host_not_allowed", f"{destination.host} is not among the hosts that may be asked"
            )
