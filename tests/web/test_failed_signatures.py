"""Signatures that fail: 50 a minute from one address are told, the rest are put off."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.api import Api
from tests.web import routes
from tests.web.envelope import fields, refused
from tests.web.signing import SIGNATURE, Look
from tests.web.solo import KEY, surroundings, web_process
from web.failed_signatures import MAX_ADDRESSES, WINDOW_S, FailedSignatures

LIMIT = 50


@pytest.fixture
def look(stack_state: dict[str, Any]) -> Iterator[Look]:
    """A process with the limit as it is without a setting."""
    settings = surroundings(stack_state)
    del settings["OA_MAX_FAILED_SIGNATURES"]
    with web_process(settings) as base_url:
        api = Api(base_url, KEY)
        yield Look(api, *routes.start(api))


def test_the_fifty_first_failure_is_put_off_and_good_tokens_still_pass(look: Look) -> None:
    used = look.token()
    assert look.send(used).status_code == 200
    for _ in range(20):
        refused(look.send(look.token(user_id=43)), 403, "forbidden")  # does not count
    for _ in range(LIMIT // 2):
        refused(look.send(used), 401, "unauthorized")  # a replay counts
        refused(look.send(headers={SIGNATURE: None}), 401, "unauthorized")
    for bad in (used, look.token()[:-4], "x"):
        put_off = look.send(bad)
        error = refused(put_off, 429, "throttled")
        assert fields(error) == ["failed_signatures"]
        assert f"at most {LIMIT} a minute" in error["details"][0]["message"]
        assert 1 <= int(put_off.headers["Retry-After"]) <= WINDOW_S
    refused(look.send(look.token(user_id=43)), 403, "forbidden")
    assert look.send().status_code == 200


def test_a_minute_begins_with_its_first_failure_and_the_next_begins_anew() -> None:
    failed = FailedSignatures(2)
    assert [failed.count("10.0.0.1", now_s) for now_s in (100.0, 130.0)] == [None, None]
    assert failed.count("10.0.0.1", 150.0) == 10.0
    assert failed.count("10.0.0.1", 159.9) == pytest.approx(0.1)
    assert failed.count("10.0.0.1", 160.0) is None


def test_each_address_has_a_count_of_its_own() -> None:
    failed = FailedSignatures(1)
    assert failed.count("10.0.0.1", 0) is None
    assert failed.count("10.0.0.2", 0) is None
    assert failed.count("10.0.0.1", 0) == WINDOW_S


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8::1", "2001:db8::ffff:2", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("::ffff:10.0.0.1", "10.0.0.1", True),
        ("::ffff:10.0.0.1", "::ffff:10.0.0.2", False),
        ("", "", True),
    ],
)
def test_a_host_of_ipv6_is_a_network(one: str, other: str, same: bool) -> None:
    failed = FailedSignatures(1)
    assert failed.count(one, 0) is None
    assert (failed.count(other, 0) is not None) is same


def test_any_number_of_addresses_takes_no_more_room() -> None:
    failed = FailedSignatures(1)
    for number in range(MAX_ADDRESSES + 500):
        failed.count(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}", 0)
    assert len(failed) == MAX_ADDRESSES
    assert failed.count("10.0.0.0", 1) is None  # forgotten
    assert failed.count("10.0.39.15", 1) is not None  # not yet
