"""Which addresses are public, by the registries of special-purpose addresses: pure.

A literal table, because what `ipaddress` calls global differs between Python releases.
"""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

NOT_PUBLIC_V4 = tuple(
    map(
        IPv4Network,
        (
            "0.0.0.0/8",  # this network
            "10.0.0.0/8",  # private
            "100.64.0.0/10",  # shared; one cloud's metadata is in it
            "127.0.0.0/8",  # loopback
            "168.63.129.16/32",  # one cloud's host agent, with an address that looks public
            "169.254.0.0/16",  # link-local; most clouds' metadata
            "172.16.0.0/12",  # private
            "192.0.0.0/24",  # protocol assignments; one cloud's metadata
            "192.0.2.0/24",  # documentation
            "192.88.99.0/24",  # 6to4 relays
            "192.168.0.0/16",  # private
            "198.18.0.0/15",  # benchmarks
            "198.51.100.0/24",  # documentation
            "203.0.113.0/24",  # documentation
            "224.0.0.0/4",  # multicast
            "240.0.0.0/4",  # reserved, and broadcast
        ),
    )
)
UNICAST_V6 = IPv6Network("2000::/3")
NOT_PUBLIC_V6 = tuple(
    map(
        IPv6Network,
        (
            "2001::/23",  # protocol assignments, Teredo among them
            "2001:db8::/32",  # documentation
            "2002::/16",  # 6to4: an IPv4 address and a path around this check
            "3ffe::/16",  # given back
            "3fff::/20",  # documentation
        ),
    )
)
NAT64 = IPv6Network("64:ff9b::/96")
_ISATAP = (0x00005EFE, 0x02005EFE)


def parse(text: str) -> Address:
    """An address as a resolver gives it, without its zone.

    Raises:
        ValueError: it is none.
    """
    return ip_address(text.partition("%")[0])


def to_connect(address: Address, networks: Iterable[Network] = ()) -> Address | None:
    """The address to connect to, or None where it is not public.

    An IPv4 address mapped into IPv6 is unmapped; NAT64 of a public IPv4 address stays as it is,
    because in a network without IPv4 there is no other way.

    Args:
        networks: counted as public whatever the table says. For tests alone: no setting leads
            here, and a test over the code holds that.
    """
    if any(address.version == network.version and address in network for network in networks):
        return address
    if isinstance(address, IPv4Address):
        return None if any(address in network for network in NOT_PUBLIC_V4) else address
    if address.ipv4_mapped is not None:
        return to_connect(address.ipv4_mapped, networks)
    if address in NAT64:
        return address if to_connect(_low_32(address), networks) else None
    if address not in UNICAST_V6 or any(address in network for network in NOT_PUBLIC_V6):
        return None
    if int(address) >> 32 & 0xFFFFFFFF in _ISATAP and not to_connect(_low_32(address), networks):
        return None
    return address


def _low_32(address: IPv6Address) -> IPv4Address:
    return IPv4Address(int(address) & 0xFFFFFFFF)
