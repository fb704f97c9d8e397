"""The keys of pseudonyms: their spelling, macs, and what never prints."""

import hashlib
import hmac

import pytest

from runtime_app.sanitizer import PseudonymKeys

NEW, OLD = "n" * 32, "o" * 40


def test_the_first_key_makes_and_all_compare():
    keys = PseudonymKeys.parse(f"k:{NEW}, j:{OLD}")
    before = PseudonymKeys.parse(f"j:{OLD}").mac(b"content")
    assert keys.mac(b"content") == "k:" + hmac.digest(NEW.encode(), b"content", "sha256").hex()
    assert keys.matches(keys.mac(b"content"), b"content")
    assert keys.matches(before, b"content")
    assert not keys.matches(before, b"other content")
    assert not PseudonymKeys.parse(f"k:{NEW}").matches(before, b"content")


@pytest.mark.parametrize("mac", ["", "k", "k:", "k:zz", "x:" + "0" * 64, "é:" + "0" * 64])
def test_what_is_no_mac_matches_nothing(mac):
    assert not PseudonymKeys.parse(f"k:{NEW}").matches(mac, b"content")


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("", "give letter:secret"),
        (NEW, "key 1 is not letter:secret"),
        (f"K:{NEW}", "one letter of a-z"),
        (f"kk:{NEW}", "one letter of a-z"),
        (f"k:{NEW},k:{OLD}", "a letter of its own"),
        ("k:too-short-to-be-good", "openssl rand -hex 32"),
    ],
)
def test_a_bad_spelling_is_refused_with_the_remedy_and_without_the_secret(text, remedy):
    with pytest.raises(ValueError) as refused:
        PseudonymKeys.parse(text)
    assert remedy in str(refused.value)
    assert NEW not in str(refused.value)
    assert "too-short-to-be-good" not in str(refused.value)


def test_a_secret_never_prints():
    assert NEW not in repr(PseudonymKeys.parse(f"k:{NEW}"))


def test_equal_secrets_have_equal_pseudonyms_under_one_key_only(sanitizer):
    again = sanitizer.text("password=hunter2 and password=hunter2 and password=hunter3")
    one, two, three = (word for word in again.split() if word != "and")
    assert one == two != three
    secret = hashlib.sha256(b"hunter2").hexdigest()
    assert secret[:8] not in one
