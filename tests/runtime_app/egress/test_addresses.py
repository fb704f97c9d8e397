"""Which addresses are public."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime_app.egress.addresses import NAT64, parse, to_connect


@pytest.mark.parametrize(
    ("text", "connected"),
    [
        ("93.184.216.34", "93.184.216.34"),
        ("8.8.8.8", "8.8.8.8"),
        ("172.32.0.1", "172.32.0.1"),
        ("100.63.255.255", "100.63.255.255"),
        ("2606:4700:4700::1111", "2606:4700:4700::1111"),
        ("2a00:1450:4001:830::200e", "2a00:1450:4001:830::200e"),
        ("::ffff:8.8.8.8", "8.8.8.8"),
        ("64:ff9b::808:808", "64:ff9b::808:808"),
        ("2a00:1450:4001::5efe:808:808", "2a00:1450:4001::5efe:808:808"),
    ],
)
def test_a_public_address_is_connected_to_in_its_own_form(text: str, connected: str) -> None:
    assert to_connect(parse(text)) == ip_address(connected)


def test_a_zone_is_no_part_of_an_address() -> None:
    assert parse("fe80::1%eth0") == IPv6Address("fe80::1")


@given(st.integers(0, 2**32 - 1).map(IPv4Address))
def test_what_is_public_here_is_global_to_the_library(address: IPv4Address) -> None:
    if to_connect(address) is not None:
        assert address.is_global
        assert not address.is_multicast


@given(st.integers(2**125, 2**126 - 1).map(IPv6Address))
def test_what_is_public_in_ipv6_is_global_to_the_library(address: IPv6Address) -> None:
    if to_connect(address) is not None:
        assert address.is_global


@given(st.integers(0, 2**32 - 1).map(IPv4Address))
def test_an_address_is_as_public_in_a_wrapping_as_alone(address: IPv4Address) -> None:
    mapped = IPv6Address(0xFFFF << 32 | int(address))
    translated = IPv6Address(int(NAT64.network_address) | int(address))
    assert to_connect(mapped) == to_connect(address)
    assert (to_connect(translated) is None) == (to_connect(address) is None)


@given(
    st.one_of(
        st.integers(0, 2**125 - 1).filter(lambda n: n >> 32 not in (0xFFFF, int(NAT64[0]) >> 32)),
        st.integers(2**126, 2**128 - 1),
    ).map(IPv6Address)
)
def test_nothing_outside_of_unicast_is_public(address: IPv6Address) -> None:
    assert to_connect(address) is None


def test_networks_that_are_given_count_as_public() -> None:
    inside = parse("127.0.0.80")
    assert to_connect(inside, (ip_network("127.0.0.80/32"),)) == inside
    assert to_connect(parse("127.0.0.81"), (ip_network("127.0.0.80/32"),)) is None
    assert to_connect(inside, (ip_network("::/0"),)) is None
