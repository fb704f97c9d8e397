"""One URL fetched, every hop of it through the same gate."""

import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

from runtime_app import __version__
from runtime_app.clock import Clock
from runtime_app.egress.addresses import Address, to_connect
from runtime_app.egress.allowlist import Allowlist
from runtime_app.egress.body import read_body
from runtime_app.egress.destination import Destination, follow, read_url
from runtime_app.egress.meter import Meter
from runtime_app.egress.policy import EgressPolicy
from runtime_app.egress.proxy import Proxy
from runtime_app.egress.refusal import EgressRefused
from runtime_app.egress.resolver import Resolver
from runtime_app.egress.secret import Credential
from runtime_app.observability.telemetry import emit

_REDIRECTS = frozenset((301, 302, 303, 307, 308))
_OWN_HEADERS = {
    "Accept": "*/*",
    "Accept-Encoding": "gzip",
    "User-Agent": f"openagents-runtime/{__version__}",
}


@dataclass(frozen=True, slots=True)
class Fetched:
    """An answer, whatever its status.

    Args:
        url: where it came from in the end.
        headers: in the order they came, names in lower case.
        body: unpacked, whole.
    """

    url: str
    status: int
    headers: Sequence[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str:
        """The first value of a header; empty where there is none."""
        return _header(self.headers, name)


@dataclass(frozen=True, slots=True)
class Egress:
    """The way out of this process, as the deployment allows it. Threads may share it.

    Args:
        allow: hosts that any tool of this deployment may ask, at most.
        proxy: through which all of it goes; None goes out directly.
        credentials: by name.
        tls: what to trust; None trusts what the machine trusts.
    """

    resolver: Resolver
    clock: Clock
    allow: Allowlist
    proxy: Proxy | None = None
    credentials: Mapping[str, Credential] = field(default_factory=dict)
    tls: ssl.SSLContext | None = None

    def credential(self, name: str) -> Credential:
        """The credential of that name.

        Raises:
            EgressRefused: credential_unknown.
        """
        try:
            return self.credentials[name]
        except KeyError:
            raise EgressRefused("credential_unknown", "there is no such credential") from None

    def fetch(
        self,
        url: str,
        policy: EgressPolicy,
        headers: Mapping[str, str] | None = None,
        credential: Credential | None = None,
    ) -> Fetched:
        """GET a URL and follow its redirects.

        Args:
            headers: sent on every hop; nothing secret belongs here.
            credential: put on the request, and refused where a hop leads to another origin.

        Raises:
            EgressRefused: with one of the codes in `refusal.REASONS`.

        Effects:
            egress.fetched.
        """
        try:
            fetched = self._fetch(url, policy, headers or {}, credential)
        except EgressRefused as refused:
            emit("egress.fetched", outcome=refused.code)
            raise
        emit("egress.fetched", outcome="answered")
        return fetched

    def post(
        self,
        url: str,
        body: bytes,
        policy: EgressPolicy,
        headers: Mapping[str, str] | None = None,
        credential: Credential | None = None,
    ) -> Fetched:
        """POST JSON to a URL, once: a redirect is refused, for the body is not taken elsewhere.

        Raises:
            EgressRefused: as `fetch`.

        Effects:
            egress.fetched.
        """
        try:
            meter = Meter(self.clock, policy.limits)
            answer = self._hop(read_url(url), policy, headers or {}, credential, meter, body)
            if isinstance(answer, str):
                raise EgressRefused("redirects_exceeded", "what is posted follows no redirect")
        except EgressRefused as refused:
            emit("egress.fetched", outcome=refused.code)
            raise
        emit("egress.fetched", outcome="answered")
        return answer

    def _fetch(
        self,
        url: str,
        policy: EgressPolicy,
        headers: Mapping[str, str],
        credential: Credential | None,
    ) -> Fetched:
        meter = Meter(self.clock, policy.limits)
        destination = read_url(url)
        for _ in range(policy.limits.redirects + 1):
            answer = self._hop(destination, policy, headers, credential, meter)
            if isinstance(answer, Fetched):
                return answer
            destination = follow(destination, answer)
        raise EgressRefused(
            "redirects_exceeded", f"it redirects more than {policy.limits.redirects} times"
        )

    def _hop(
        self,
        destination: Destination,
        policy: EgressPolicy,
        headers: Mapping[str, str],
        credential: Credential | None,
        meter: Meter,
        body: bytes | None = None,
    ) -> Fetched | str:
        """The answer, or where it redirects to."""
        from runtime_app.egress import wire

        _require_public(destination.address, policy)
        policy.check(destination)
        secret_headers = _headers_of(credential, destination)
        addresses = self._addresses(destination, policy, meter)
        sent = {**headers, **_OWN_HEADERS, **secret_headers}
        tls = self.tls or _trust()
        with wire.get(
            destination, addresses, sent, meter, policy.limits, tls, self.proxy, body
        ) as (status, received, pieces):
            location = _header(received, "location")
            if status in _REDIRECTS and location:
                return _text_of(location)
            whole = read_body(pieces, _header(received, "content-encoding"), policy.limits)
        return Fetched(destination.url, status, received, whole)

    def _addresses(
        self, destination: Destination, policy: EgressPolicy, meter: Meter
    ) -> Sequence[Address]:
        """All of them public, or none."""
        if destination.address is not None:
            return _require_public(destination.address, policy)
        timeout_s = meter.left_s(policy.limits.resolve_s)
        found = self.resolver.resolve(destination.host, timeout_s)
        if not found:
            raise EgressRefused("name_unresolved", f"DNS has no address for {destination.host}")
        return [public for address in found for public in _require_public(address, policy)]


def _require_public(address: Address | None, policy: EgressPolicy) -> Sequence[Address]:
    if address is None:
        return ()
    public = to_connect(address, policy.networks)
    if public is None:
        raise EgressRefused("address_forbidden", "the host leads to an address that is not public")
    return (public,)


def _headers_of(credential: Credential | None, destination: Destination) -> Mapping[str, str]:
    if credential is None:
        return {}
    if destination.origin != credential.origin:
        raise EgressRefused("credential_origin", "the credential does not belong to this origin")
    return {credential.header: credential.secret.reveal()}


def _header(headers: Sequence[tuple[str, str]], name: str) -> str:
    return next((value for given, value in headers if given == name), "")


def _text_of(location: str) -> str:
    """A Location that was sent as UTF-8, read as such."""
    try:
        return location.encode("latin-1").decode()
    except UnicodeDecodeError:
        raise EgressRefused("url_malformed", "the redirect is not text") from None


@cache
def _trust() -> ssl.SSLContext:
    """What the machine trusts, read once."""
    import httpx2

    return httpx2.create_ssl_context(trust_env=False)
