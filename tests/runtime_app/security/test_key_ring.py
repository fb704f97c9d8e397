"""The key ring as it is read from its setting."""

import pytest

from runtime_app.security.key_ring import KeyRing, SigningKey

SECRET = "0123456789abcdef"


def test_a_ring_is_read_in_order_the_current_key_first() -> None:
    ring = KeyRing.parse(f" new:{SECRET} , old-1:{SECRET}:and,more:{SECRET}x ,")
    assert [key.key_id for key in ring.keys] == ["new", "old-1", "more"]
    assert [key.secret for key in ring.keys] == [
        SECRET.encode(),
        f"{SECRET}:and".encode(),
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
    ],
)
def test_a_ring_that_is_none_says_why(text: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        KeyRing.parse(text)


def test_a_secret_is_measured_in_bytes() -> None:
    assert KeyRing.parse("a:" + "é" * 8).keys[0].secret == ("é" * 8).encode()


def test_a_complaint_never_quotes_what_may_be_a_secret() -> None:
    for text in ("a:hunter2", "b c:hunter2hunter2hunter2", "hunter2", "hunter2+/=", "x hunter2:a"):
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
