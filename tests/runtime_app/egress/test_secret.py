"""Credentials: read from one setting, shown to nobody, found when they are sent back."""

import copy
import json
import pickle

import pytest

from runtime_app.egress.secret import Secret, parse_credentials

VALUE = 'Bearer q/w"e+r=t z0123456789'


def test_a_secret_is_not_printed_copied_or_pickled():
    secret = Secret(VALUE)
    assert VALUE not in f"{secret} {secret!r} {[secret]} {vars(type(secret))}"
    for leak in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="not copied"):
            leak(secret)
    assert secret.reveal() == VALUE


def test_credentials_are_read_by_name():
    text = json.dumps(
        {"it": {"origin": "https://API.example.com", "header": "X-Key", "value": VALUE}}
    )
    found = parse_credentials(text)["it"]
    assert (found.name, found.origin) == ("it", "https://api.example.com:443")
    assert (found.header, found.secret.reveal()) == ("X-Key", VALUE)
    assert VALUE not in repr(found)


@pytest.mark.parametrize(
    "change",
    [
        {"origin": "http://api.example.com"},
        {"origin": "https://api.example.com/path"},
        {"origin": "https://localhost"},
        {"origin": 7},
        {"header": "Host"},
        {"header": "X Key"},
        {"header": "X-Key\r\n"},
        {"value": "short"},
        {"value": "hush-hush-hush\r\nX: y"},
        {"value": "hush-hush-hüsh"},
        {"value": None},
        {"more": 1},
    ],
)
def test_what_is_no_credential_is_refused_and_its_value_not_told(change):
    fields = {"origin": "https://api.example.com", "header": "X-Key", "value": "hush-hush-hush"}
    with pytest.raises(ValueError, match="must ") as caught:
        parse_credentials(json.dumps({"it": {**fields, **change}}))
    assert "hush" not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("text", ["", "[]", "{", "7", '{"it": 7}', '{"it": {}}'])
def test_what_is_no_table_is_refused(text):
    with pytest.raises(ValueError, match="must be JSON"):
        parse_credentials(text)


def test_what_may_come_back_is_the_whole_and_its_longer_words():
    assert Secret(VALUE).words() == (VALUE, 'q/w"e+r=t', "z0123456789")
