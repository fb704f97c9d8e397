"""Headers and URLs by themselves, and what an echo brings back."""

import base64
import json
from urllib.parse import quote

import pytest

from runtime_app.sanitizer import Profile

WORD = "open-sesame"


@pytest.mark.parametrize(
    "name",
    ["Authorization", "x-api-key", "COOKIE", "X-Session-Id", "x-auth", "X-Amz-Security-Token"],
)
def test_a_secret_header_is_masked_in_every_form(sanitizer, name):
    for headers in (
        {name: WORD, "Accept": "a/b"},
        [[name, WORD], ["Accept", "a/b"]],
        [(name, WORD), ("Accept", "a/b")],
        [{"name": name, "value": WORD}, {"name": "Accept", "value": "a/b"}],
        f"{name}: {WORD}\r\nAccept: a/b\r\n",
    ):
        clean = json.dumps(sanitizer.headers(headers))
        assert WORD not in clean
        assert "a/b" in clean
        assert sanitizer.headers(sanitizer.headers(headers)) == sanitizer.headers(headers)


@pytest.mark.parametrize(
    "line",
    [
        *("Content-Type: text/plain", 'ETag: W/"0a1b"', "Idempotency-Key: a-1", "Date: today"),
        *("Access-Control-Allow-Credentials: true", "X-Request-Id: 0a1b", "traceparent: 00-ab-cd"),
    ],
)
def test_other_headers_stay(sanitizer, line):
    name, _, value = line.partition(": ")
    assert sanitizer.headers(line) == line
    assert sanitizer.headers({name: value}) == {name: value}
    assert sanitizer.value({"headers": {name: value}}) == {"headers": {name: value}}


def test_the_scheme_before_a_credential_stays(sanitizer):
    assert sanitizer.headers({"Authorization": f"Basic {WORD}"})["Authorization"] != WORD
    credential = base64.b64encode(b"user:word").decode()
    clean = sanitizer.headers({"Authorization": f"Basic {credential}"})["Authorization"]
    assert clean.startswith("Basic [redacted:secret:k:")
    assert sanitizer.text(f"Basic {credential}") == clean


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        (f"https://me:{WORD}@example.org/a?b=c#d", "@example.org/a?b=c#d"),
        (f"https://example.org/a?page=2&access%5Ftoken={WORD}", "page=2"),
        (f"/cb?state=1&client_secret={WORD}#x", "state=1"),
        (f"//example.org/?sig={WORD}", "example.org"),
        (f"https://example.org/?X-Amz-Signature={WORD}&X-Amz-Date={WORD}", "X-Amz-Date="),
    ],
)
def test_a_url_loses_its_secrets_and_nothing_else(sanitizer, url, kept):
    clean = sanitizer.url(url)
    assert WORD not in clean
    assert kept in clean
    assert sanitizer.url(clean) == clean


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org/a/b?page_token=abcdefgh12345678&code=de&q=token#top",
        "ssh://git@example.org/a.git",
        "redis://:{password}@{host}:6379/0",
        "mailto:?subject=a",
    ],
)
def test_other_urls_stay(sanitizer, url):
    assert sanitizer.url(url, Profile.PRIVATE) == url


@pytest.mark.parametrize("secret", ['open sesame/é"\\', "a+b/c=d&e", "plain", "ключ-1"])
def test_an_echo_is_found_in_every_form(sanitizer, secret):
    echo = sanitizer.echo_filter([secret, "abc"])
    marker = echo.text(secret)
    for form in (
        secret,
        quote(secret, safe=""),
        quote(secret).lower(),
        json.dumps(secret)[1:-1],
        json.dumps(json.dumps(secret))[3:-3],
        base64.b64encode(secret.encode()).decode().rstrip("="),
        base64.urlsafe_b64encode(secret.encode()).decode().rstrip("="),
    ):
        assert marker in echo.text(f"it said: {form}!")
    for before in (b"u:", b"us:", b"use:"):
        basic = base64.b64encode(before + secret.encode()).decode()
        assert marker in echo.text(f"Basic {basic}")
    assert echo.value({"a": [secret, 1], secret: None}) == {"a": [marker, 1], marker: None}
    assert echo.text("abc") == "abc"
    assert secret not in repr(echo)
