"""What must not stay: over 600 secrets of forty kinds, wherever they may stand."""

import base64
import json
from urllib.parse import quote

import pytest

from runtime_app.canonical import canonical
from runtime_app.sanitizer import Profile
from tests.corpora.sanitizer.planted import NAMED, SHAPED, named, shaped

PLANTED, BY_NAME = shaped(14), named(10)
TEXTS = (
    "{}",
    "it is {}, so keep it.",
    "({})",
    '"{}"',
    "'{}'",
    "<{}>",
    "key={}&next=1",
    "https://example.org/a?b={}#c",
    "line\n{}\nline",
    "\x1b[31m{}\x1b[0m",
    '{{\\"a\\": \\"{}\\"}}',
    "a\\n{}",
    "漢字{}漢字",
    "Authorization: Bearer {}",
    "curl -u user:{} https://example.org",
)


def test_there_are_forty_kinds_and_six_hundred_secrets():
    assert len(SHAPED) + len(NAMED) >= 40
    assert len(PLANTED) + len(BY_NAME) >= 600


@pytest.mark.parametrize("template", TEXTS)
def test_a_secret_of_a_known_shape_is_found_in_text(sanitizer, template):
    missed = [
        kind for kind, secret in PLANTED if _traces(secret, sanitizer.text(template.format(secret)))
    ]
    assert missed == []


def test_a_secret_of_a_known_shape_is_found_in_values_and_keys(sanitizer):
    for kind, secret in PLANTED:
        payload = {"a": [{"b": f"x {secret} y"}], secret: 1}
        clean = json.dumps(sanitizer.value(payload))
        assert not _traces(secret, clean), kind
        assert sanitizer.canonical(canonical(payload), payload) == canonical(json.loads(clean))


def test_the_same_secret_has_the_same_marker_wherever_it_stands(sanitizer):
    for kind, secret in PLANTED:
        marker = sanitizer.text(secret)
        assert sanitizer.text(f"Bearer {secret}") == f"Bearer {marker}", kind
        assert sanitizer.value({"api_key": secret}) == {"api_key": marker}, kind
        assert sanitizer.value({"authorization": f"Bearer {secret}"}) == {
            "authorization": f"Bearer {marker}"
        }, kind


@pytest.mark.parametrize("kind", NAMED)
def test_whatever_stands_below_a_secret_key_is_replaced(sanitizer, kind):
    for _, name, secret in (each for each in BY_NAME if each[0] == kind):
        for payload in (
            {name: secret},
            {"a": [{name: secret}]},
            {"headers": [[name, secret]]},
            [{"name": name, "value": secret}],
        ):
            clean = sanitizer.value(payload)
            assert not _traces(secret, json.dumps(clean)), name
            assert sanitizer.canonical(canonical(payload), payload) == canonical(clean)


ASSIGNED = (
    "{}={}",
    "{}: {}",
    '"{}": "{}"',
    "export {}='{}'",
    '{{\\"{}\\": \\"{}\\"}}',
    "--{} {}",
    "https://example.org/?a=1&{}={}",
)


def test_by_its_name_in_text_at_least_99_of_100_are_found(sanitizer):
    tried, missed = 0, []
    for template in ASSIGNED:
        for kind, name, secret in BY_NAME:
            unquoted = '"' not in template and "'" not in template
            if kind == "mnemonic" and (unquoted or "'" in template):
                continue  # words without quotes end nowhere
            if "--" in template and not name.islower():
                continue
            value = quote(secret, safe="") if "?" in template else secret
            tried += 1
            if _traces(value, sanitizer.text(template.format(name, value))):
                missed.append((template, name, value))
    assert tried > 1_000
    assert len(missed) <= tried / 100, missed[:10]


def test_credentials_behind_their_scheme_and_in_urls_are_found(sanitizer):
    for _, _, secret in BY_NAME:
        if " " in secret:
            continue
        basic = base64.b64encode(f"user:{secret}".encode()).decode()
        assert basic not in sanitizer.text(f"Authorization: Basic {basic}")
        escaped = quote(secret, safe="")
        for url in (
            f"postgresql://owner:{escaped}@db.example.org:5432/main",
            f"https://example.org/cb?sig={escaped}&x=1",
            f"https://example.org/cb?X-Amz-Signature={escaped}",
            f"/cb#access_token={escaped}",
        ):
            assert not _traces(escaped, sanitizer.text(f"see {url} there"))
            assert not _traces(escaped, sanitizer.url(url))


def test_people_are_found_by_the_private_profile_only(sanitizer):
    mails = [f"{local}@{host}" for local in LOCALS for host in HOSTS]
    for text in (*mails, *PHONES, *CARDS, *IBANS):
        assert sanitizer.text(text) == text
        for template in ("{}", "to {}, please", "<{}>", "a\n{}."):
            clean = sanitizer.text(template.format(text), Profile.PRIVATE)
            assert text not in clean
            assert clean.count("[redacted:") == 1


LOCALS = ("anna", "j.doe", "first.last+tag", "o'neil", "x_1", "INFO", "a-b")
HOSTS = ("example.org", "mail.example.co.uk", "xn--bcher-kva.example", "a-b.io")
PHONES = (
    *("+491701234567", "+49 170 1234567", "+1 (555) 010-9999", "+44 20 7946 0958"),
    *("+33 1 70 18 00 00", "+81-3-1234-5678", "+5511912345678", "+1.555.010.9999"),
)
CARDS = ("4111111111111111", "4111 1111 1111 1111", "5555-5555-5555-4444", "378282246310005")
IBANS = ("DE89370400440532013000", "GB29 NWBK 6016 1331 9268 19", "FR1420041010050500013M02606")


def _traces(secret: str, text: str) -> bool:
    """Whether a quarter of the secret can still be read."""
    size = max(6, len(secret) // 4)
    return any(secret[at : at + size] in text for at in range(len(secret) - size + 1))
