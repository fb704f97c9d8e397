"""A host as text, read the one strict way: pure.

What two readers could take for two different hosts is refused, not repaired.
"""

import re
import unicodedata
from ipaddress import AddressValueError, IPv4Address, IPv6Address

from runtime_app.egress.addresses import Address
from runtime_app.egress.refusal import EgressRefused

MAX_HOST = 253
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\Z")
_NUMBER = re.compile(r"(?:[0-9]+|0x[0-9a-f]*)\Z")
#: Names that never leave a machine, a network, a cluster or a cloud, whatever DNS says.
_LOCAL = (
    *("localhost", "localdomain", "local", "internal", "intranet", "private", "corp", "home"),
    *("lan", "arpa", "onion", "alt", "test", "invalid", "example", "svc", "cluster", "consul"),
)
_LOCAL_NAMES = frozenset(
    (
        *("metadata.goog", "metadata.azure.com", "metadata.tencentyun.com"),
        *("metadata.packet.net", "metadata.platformequinix.com"),
    )
)
#: Alphabets with letters that look like those of another.
_LOOKALIKES = frozenset(("LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "COPTIC", "LISU"))


def read_host(text: str) -> tuple[str, Address | None]:
    """The host in the form that DNS and TLS use, and its address where it is one.

    Args:
        text: as in a URL; an IPv6 address stands in brackets.

    Returns:
        A lower-case name in A-labels, or an address in its shortest form without brackets.

    Raises:
        EgressRefused: host_malformed, host_numeric, host_local, idn_forbidden.
    """
    if len(text) > MAX_HOST:
        raise EgressRefused("host_malformed", f"the host is longer than {MAX_HOST} characters")
    if text.startswith("["):
        return _ipv6(text)
    if not text.isascii():
        text = _a_labels(text)
    name = text.lower()
    labels = name.split(".")
    if len(name) > MAX_HOST or not all(_LABEL.match(label) for label in labels):
        raise EgressRefused("host_malformed", "the host is not a DNS name")
    if _NUMBER.match(labels[-1]):
        address = _ipv4(name)
        return str(address), address
    for label in labels:
        if label.startswith("xn--"):
            _check_a_label(label)
    if len(labels) == 1 or labels[-1] in _LOCAL or _names_metadata(name):
        raise EgressRefused("host_local", "the host is a name of this machine or network")
    return name, None


def _names_metadata(name: str) -> bool:
    return any(name == local or name.endswith(f".{local}") for local in _LOCAL_NAMES)


def _ipv6(text: str) -> tuple[str, Address]:
    # A zone names an interface of this machine.
    if not text.endswith("]") or "%" in text:
        raise EgressRefused("host_malformed", "the host is not an IPv6 address in brackets")
    try:
        address = IPv6Address(text[1:-1])
    except AddressValueError as error:
        raise EgressRefused("host_malformed", "the brackets hold no IPv6 address") from error
    return str(address), address


def _ipv4(name: str) -> IPv4Address:
    """Four decimal numbers without leading zeros; other forms mean other things elsewhere."""
    try:
        return IPv4Address(name)
    except AddressValueError as error:
        raise EgressRefused(
            "host_numeric", "the host is a number, but not four decimal ones"
        ) from error


def _a_labels(text: str) -> str:
    import idna

    # Whatever a browser would map (wide digits, circled letters, other full stops) is refused here:
    # it reads as one host and means another.
    name = unicodedata.normalize("NFC", text.lower())
    try:
        return idna.encode(name, strict=True, std3_rules=True).decode()
    except (idna.IDNAError, UnicodeError) as error:
        raise EgressRefused("idn_forbidden", "the host is no internationalised name") from error


def _check_a_label(label: str) -> None:
    import idna

    try:
        decoded = idna.ulabel(label)
        same = idna.alabel(decoded).decode() == label
    except (idna.IDNAError, UnicodeError) as error:
        raise EgressRefused("idn_forbidden", "the host has an xn-- label of nothing") from error
    if not same:
        raise EgressRefused("idn_forbidden", "the host has an xn-- label that is not in its form")
    _check_scripts(decoded)


def _check_scripts(label: str) -> None:
    scripts = {unicodedata.name(letter, "").split(" ")[0] for letter in label if letter.isalpha()}
    if len(scripts & _LOOKALIKES) > 1:
        raise EgressRefused("idn_forbidden", "a part of the host mixes alphabets that look alike")
