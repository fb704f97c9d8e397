"""Whether a request is the stored one, by MAC and, for old rows, by plain hash."""

from runtime_app.canonical import sha256_hex
from runtime_app.sanitizer import PseudonymKeys
from runtime_app.security.request_mac import same_request

OLD, NEW = "a:" + "o" * 32, "b:" + "n" * 32
CONTENT = '["user_message",{"text":"hi"}]'


def keys(*spelled: str) -> PseudonymKeys:
    return PseudonymKeys.parse(",".join(spelled))


def test_the_same_content_is_the_same_request_and_no_other():
    stored = keys(NEW).mac(CONTENT.encode())
    assert same_request(keys(NEW), stored, CONTENT)
    assert not same_request(keys(NEW), stored, CONTENT + " ")


def test_a_key_that_goes_out_still_compares_and_one_that_is_gone_does_not():
    stored = keys(OLD).mac(CONTENT.encode())
    assert same_request(keys(NEW, OLD), stored, CONTENT)
    assert not same_request(keys(NEW), stored, CONTENT)


def test_a_row_from_before_there_were_keys_is_compared_by_its_hash():
    stored = "sha256:" + sha256_hex(CONTENT)
    assert same_request(keys(NEW), stored, CONTENT)
    assert not same_request(keys(NEW), stored, "other")
