"""The machine's own resolver, on names for which there is nothing to find."""

import time

import pytest

from runtime_app.egress.refusal import EgressRefused
from runtime_app.egress.resolver import SystemResolver


@pytest.mark.parametrize("name", ["a" * 64 + ".example.com", "nothing.invalid", "127.0.0.1"])
def test_a_name_without_addresses_is_unresolved(name: str) -> None:
    """A final dot makes a name of everything, so that no address slips in as one."""
    with pytest.raises(EgressRefused, match="name_unresolved"):
        SystemResolver().resolve(name, 10)


def test_a_resolver_that_takes_too_long_is_left_behind() -> None:
    began = time.monotonic()
    with pytest.raises(EgressRefused, match="name_unresolved"):
        SystemResolver().resolve("nothing.invalid", 0)
    assert time.monotonic() - began < 1
