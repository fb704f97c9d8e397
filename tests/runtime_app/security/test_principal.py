"""A principal is a user or a guest."""

import pytest

from runtime_app.security.principal import Principal


def test_a_principal_is_exactly_one_of_the_two() -> None:
    for both_or_none in ({}, {"user_id": 1, "guest_scope": "g"}):
        with pytest.raises(ValueError, match="a user or a guest"):
            Principal(**both_or_none)


def test_a_user_and_a_guest_of_the_same_name_differ() -> None:
    assert Principal(user_id=42) != Principal(guest_scope="42")
    assert Principal(user_id=42) == Principal(user_id=42)
    assert str(Principal(user_id=0)) == "user:0"
    assert str(Principal(guest_scope="42")) == "guest:42"
