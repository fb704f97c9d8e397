"""The key ring as it is read from its setting."""

import pytest

from runtime_app.security.key_ring import KeyRing, SigningKey

SECRET = "0123456789abcdef"


def test_a_ring_is_read_in_order_the_current_key_first() -> None:
    ring = KeyRing.parse(f" new:{SECRET} , old-1:{SECRET}+/=,more:{SECRET}x ,")
    assert [key.key_id for key in ring.keys] == ["new", "old-1", "more"]
    assert [key.secret for key in ring.keys] == [
        SECRET.encode(),
        f"{SECRET}+/=".encode(),
        f"{SECRET}x".encode(),
    ]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "names no key"),
        (" , ", "names no key"),
        (SECRET, "key 1 is not id:secret"),
        (f":{SECRET}", "key 1 is not id:secret"),
        (f"a b:{SECRET}", "key 1 is not id:secret"),
        (f"{'k' * 65}:{SECRET}", "key 1 is not id:secret"),
        (f"a:{SECRET},b", "key 2 is not id:secret"),
        ("a:", "fewer than 16"),
        (f"a:{SECRET[:-1]}", "fewer than 16"),
        (f"a:{SECRET},a:{SECRET}", "twice"),
        (f"a:{SECRET}:", "must be scopes"),
        (f"a:{SECRET}:ops:read+root", "must be scopes"),
        (f"a:{SECRET}:ops:read;ops:act", "must be scopes"),
        (f"a:{SECRET}:and", "a secret holds no colon"),
    ],
)
def test_a_ring_that_is_none_says_why(text: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        KeyRing.parse(text)


def test_a_secret_is_measured_in_bytes() -> None:
    assert KeyRing.parse("a:" + "é" * 8).keys[0].secret == ("é" * 8).encode()


def test_a_complaint_never_quotes_what_may_be_a_secret() -> None:
    long = "hunter2hunter2hunter2"
    for text in (
        f"a:{long}:hunter2",
        f"a:{SECRET}:hunter2",
        "a:hunter2",
        "b c:hunter2hunter2hunter2",
        "hunter2",
        "hunter2+/=",
        "x hunter2:a",
    ):
        with pytest.raises(ValueError) as caught:
            KeyRing.parse(text)
        assert "hunter2" not in str(caught.value)


def test_a_secret_never_prints() -> None:
    ring = KeyRing.parse(f"a:{SECRET}")
    for shown in (repr(ring), str(ring), f"{ring.keys[0]}"):
        assert SECRET not in shown
        assert "***" in shown


def test_a_key_id_names_one_key_and_none_names_all() -> None:
    ring = KeyRing((SigningKey("a", b"1"), SigningKey("b", b"2")))
    assert ring.candidates(None) == ring.keys
    assert ring.candidates("b") == (SigningKey("b", b"2"),)
    assert ring.candidates("c") == ()


@pytest.mark.parametrize(
    "spelt", ["ops:read+ds:write", "ds:write ops:read", " ops:read + ds:write"]
)
def test_scopes_follow_the_secret(spelt: str) -> None:
    plain, operators = KeyRing.parse(f"a:{SECRET},b:{SECRET}:{spelt}").keys
    assert plain.scopes == frozenset()
    assert operators.scopes == {"ops:read", "ds:write"}
    assert operators.secret == SECRET.encode()


def test_the_first_key_of_those_that_grant_the_same_is_the_current_one() -> None:
    ops = f"{SECRET}:ops:read"
    ring = KeyRing.parse(f"a:{SECRET},x:{ops},b:{SECRET},y:{ops},z:{ops}+ops:act,c:{SECRET}")
    slots = {key.key_id: ring.slot(key) for key in ring.keys}
    assert [key_id for key_id, slot in slots.items() if slot == "current"] == ["a", "x", "z"]
    assert [key_id for key_id, slot in slots.items() if slot == "previous"] == ["b", "y", "c"]


def test_a_key_is_found_by_its_id() -> None:
    ring = KeyRing.parse(f"a:{SECRET},b:{SECRET}")
    assert ring.key("b") is ring.keys[1]
    with pytest.raises(KeyError):
        ring.key("c")
