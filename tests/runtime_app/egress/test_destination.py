"""URLs and hosts in their one reading; allowlists over them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime_app.egress.allowlist import NO_HOST, Allowlist
from runtime_app.egress.destination import follow, read_url
from runtime_app.egress.refusal import REASONS, EgressRefused


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("https://api.example.com", "https://api.example.com/"),
        ("HTTPS://API.Example.COM:443/A?b=C#d", "https://api.example.com/A?b=C"),
        ("https://api.example.com:8443", "https://api.example.com:8443/"),
        ("https://api.example.com?q=1", "https://api.example.com/?q=1"),
        (
            "https://api.example.com/ä/%C3%A4?ö=%25",
            "https://api.example.com/%C3%A4/%C3%A4?%C3%B6=%25",
        ),
        ("https://api.example.com/a%2fb/../c", "https://api.example.com/a%2fb/../c"),
        ("http://api.example.com:80/", "http://api.example.com/"),
        ("https://bücher.example.com/", "https://xn--bcher-kva.example.com/"),
        ("https://BÜCHER.example.com/", "https://xn--bcher-kva.example.com/"),
        ("https://xn--bcher-kva.example.com/", "https://xn--bcher-kva.example.com/"),
        ("https://пример.example.com/", "https://xn--e1afmkfd.example.com/"),
        ("https://例え.example.com/", "https://xn--r8jz45g.example.com/"),
        ("https://8.8.8.8/", "https://8.8.8.8/"),
        ("https://[2606:4700:0::1111]:444/", "https://[2606:4700::1111]:444/"),
        ("https://1.example.com/", "https://1.example.com/"),
        ("https://0x7f.example.com/", "https://0x7f.example.com/"),
    ],
)
def test_a_url_has_one_normal_form_and_it_is_its_own(text: str, normal: str) -> None:
    destination = read_url(text)
    assert destination.url == normal
    assert read_url(normal) == destination


@pytest.mark.parametrize(
    ("location", "normal"),
    [
        ("/there", "https://api.example.com/there"),
        ("there?x", "https://api.example.com/a/there?x"),
        ("../there", "https://api.example.com/there"),
        ("?x", "https://api.example.com/a/b?x"),
        ("//www.example.com/x", "https://www.example.com/x"),
        ("https://www.example.com", "https://www.example.com/"),
        ("/x:y", "https://api.example.com/x:y"),
        ("/größe", "https://api.example.com/gr%C3%B6%C3%9Fe"),
    ],
)
def test_a_redirect_is_read_from_where_it_stands(location: str, normal: str) -> None:
    assert follow(read_url("https://api.example.com/a/b?c"), location).url == normal


@given(
    st.text(max_size=60), st.sampled_from(("https://", "https://[", "https://a.example.com", ""))
)
def test_whatever_is_given_it_is_read_or_refused_with_a_code(text: str, before: str) -> None:
    try:
        destination = read_url(before + text)
    except EgressRefused as error:
        refused = error
    else:
        assert destination.url.isascii()
        assert read_url(destination.url) == destination
        return
    assert REASONS[refused.code].stage == "address"


@given(st.text(max_size=60), st.sampled_from(("", "/", "//", "?", "https://", "../")))
def test_wherever_a_redirect_leads_it_is_read_or_refused_with_a_code(
    text: str, before: str
) -> None:
    start = read_url("https://api.example.com/a/b")
    try:
        destination = follow(start, before + text)
    except EgressRefused as error:
        refused = error
    else:
        assert read_url(destination.url) == destination
        assert destination.origin == start.origin or before in ("", "//", "https://", "/")
        return
    assert REASONS[refused.code].stage == "address"


@pytest.mark.parametrize("text", ["https://a.example.com/\ud800", "https://\ud800.example.com/"])
def test_what_is_no_text_is_no_url(text: str) -> None:
    with pytest.raises(EgressRefused, match="url_malformed"):
        read_url(text)


@pytest.mark.parametrize(
    ("allowed", "host", "verdict"),
    [
        ("api.example.com", "api.example.com", True),
        ("api.example.com", "x.api.example.com", False),
        ("api.example.com", "example.com", False),
        ("*.example.com", "api.example.com", True),
        ("*.example.com", "a.b.example.com", True),
        ("*.example.com", "example.com", False),
        ("*.example.com", "evilexample.com", False),
        ("*.Bücher.de, API.example.com", "a.xn--bcher-kva.de", True),
        ("8.8.8.8", "8.8.8.8", True),
        ("", "api.example.com", False),
    ],
)
def test_a_host_is_on_a_list_or_not(allowed: str, host: str, verdict: bool) -> None:
    assert Allowlist.parse(allowed).allows(host) is verdict


@pytest.mark.parametrize(
    "text",
    [
        *("*", "*.com", "*.*.example.com", "a.*.com", "https://x.com", "x.com/", "x.com:443"),
        *("localhost", "*.8.8.8.8", "*.local", "x..com", ".example.com"),
    ],
)
def test_what_is_no_pattern_is_refused_with_the_remedy(text: str) -> None:
    with pytest.raises(ValueError, match="must "):
        Allowlist.parse(text)


def test_no_host_is_on_the_empty_list() -> None:
    assert Allowlist.parse(" , ") == NO_HOST
