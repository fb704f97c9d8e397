"""A URL as text, read the one strict way: pure."""

import re
from dataclasses import dataclass
from urllib.parse import quote, urljoin

from runtime_app.egress.addresses import Address
from runtime_app.egress.hosts import read_host
from runtime_app.egress.refusal import EgressRefused

MAX_URL = 4_096
PORTS = {"https": 443, "http": 80}
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):", re.IGNORECASE)
_PLAIN = re.compile(r"[^\x00-\x20\x7f-\xa0\\<>\"^`{|}\u2028\u2029\ufeff\ud800-\udfff]+\Z")
_AUTHORITY = re.compile(r"(\[[^\]/]*\]|[^:\[\]]*)(?::([0-9]{1,5}))?\Z")
#: What is a path or a query already, percent signs included.
_KEPT = "!$%&'()*+,-./:;=?@_~[]#"


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a request goes.

    Args:
        scheme: https or http.
        host: a name in A-labels, or an address without brackets.
        address: the host, where it is an address.
        target: path and query in ASCII, beginning with a slash; never a fragment.
    """

    scheme: str
    host: str
    address: Address | None
    port: int
    target: str

    @property
    def origin(self) -> str:
        """Scheme, host and port, all written out."""
        return f"{self.scheme}://{self._bracketed}:{self.port}"

    @property
    def authority(self) -> str:
        """What the Host header says."""
        usual = PORTS[self.scheme] == self.port
        return self._bracketed if usual else f"{self._bracketed}:{self.port}"

    @property
    def url(self) -> str:
        """The whole, in its normal form."""
        return f"{self.scheme}://{self.authority}{self.target}"

    @property
    def _bracketed(self) -> str:
        return f"[{self.host}]" if ":" in self.host else self.host


def read_url(text: str) -> Destination:
    """Read an absolute URL.

    Raises:
        EgressRefused: url_malformed, scheme_forbidden, userinfo_forbidden, port_forbidden and
            what `read_host` refuses.
    """
    _require_plain(text)
    scheme_found = _SCHEME.match(text)
    if scheme_found is None:
        raise EgressRefused("url_malformed", "the URL does not begin with a scheme")
    scheme = scheme_found[1].lower()
    if scheme not in PORTS:
        raise EgressRefused("scheme_forbidden", "only https is fetched")
    rest = text[scheme_found.end() :]
    if not rest.startswith("//") or rest.startswith("///"):
        raise EgressRefused("url_malformed", "two slashes and a host must follow the scheme")
    authority, target = _split(rest[2:])
    if "@" in authority:
        raise EgressRefused("userinfo_forbidden", "a URL may not carry a user or a password")
    parts = _AUTHORITY.match(authority)
    if parts is None or not parts[1]:
        raise EgressRefused("host_malformed", "the URL has no host, or one that cannot be read")
    port = PORTS[scheme] if parts[2] is None else int(parts[2])
    if not 0 < port < 65_536:
        raise EgressRefused("port_forbidden", "the port is out of range")
    host, address = read_host(parts[1])
    return Destination(scheme, host, address, port, _target(target))


def follow(start: Destination, location: str) -> Destination:
    """Where a redirect from `start` leads.

    Raises:
        EgressRefused: as `read_url`.
    """
    _require_plain(location)
    if _SCHEME.match(location):
        return read_url(location)
    if location.startswith("//"):
        return read_url(f"{start.scheme}:{location}")
    return read_url(urljoin(start.url, location))


def _require_plain(text: str) -> None:
    if len(text) > MAX_URL or _PLAIN.match(text) is None:
        raise EgressRefused(
            "url_malformed", "a URL has at most 4096 characters, no space and no backslash"
        )


def _split(rest: str) -> tuple[str, str]:
    end = re.search(r"[/?#]", rest)
    return (rest, "") if end is None else (rest[: end.start()], rest[end.start() :])


def _target(text: str) -> str:
    target = quote(text.partition("#")[0], safe=_KEPT)
    return target if target.startswith("/") else f"/{target}"
