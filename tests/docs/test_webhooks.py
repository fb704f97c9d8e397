"""The verification of a webhook as the page shows it, in both languages, on the golden vector."""

import base64
import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from runtime_app.events.notices import NOTICES
from runtime_app.webhooks import signature
from runtime_app.webhooks.endpoints import key_of, parse_endpoints, parse_secrets
from tests.docs.markdown import document

PAGE = document("docs/WEBHOOKS.md")
GOLDEN: dict[str, Any] = json.loads(Path("tests/golden/webhooks/signed.json").read_text())
BODY = GOLDEN["body"].encode()
OTHER_KEY = "whsec_" + base64.b64encode(b"o" * 32).decode()


def snippet(language: str) -> str:
    """The one code block of that language."""
    [found] = re.findall(rf"^```{language}\n(.*?)^```", PAGE.text, re.MULTILINE | re.DOTALL)
    return str(found)


def test_the_service_signs_as_the_vector_says() -> None:
    headers = GOLDEN["headers"]
    given = signature.headers(
        headers["webhook-id"], GOLDEN["at_s"], BODY, [key_of(GOLDEN["secret"])]
    )
    assert given == headers


CASES: list[tuple[dict[str, Any], bool]] = [
    ({}, True),
    ({"secret": OTHER_KEY}, False),
    ({"body": GOLDEN["body"].replace("succeeded", "failed")}, False),
    ({"now_s": GOLDEN["at_s"] + 299}, True),
    ({"now_s": GOLDEN["at_s"] + 301}, False),
    ({"now_s": GOLDEN["at_s"] - 301}, False),
    ({"beside": "v1,AAAA"}, True),
]


def case(changes: dict[str, Any]) -> tuple[str, dict[str, str], str, int]:
    """Secret, headers, body and time of a case."""
    headers = dict(GOLDEN["headers"])
    if "beside" in changes:
        headers["webhook-signature"] = f"{changes['beside']} {headers['webhook-signature']}"
    body, now_s = changes.get("body", GOLDEN["body"]), changes.get("now_s", GOLDEN["at_s"])
    return changes.get("secret", GOLDEN["secret"]), headers, body, now_s


def test_the_python_of_the_page_believes_what_is_signed_and_nothing_else() -> None:
    names: dict[str, Any] = {}
    exec(snippet("python"), names)  # it is ours, and this is what it is for
    for changes, holds in CASES:
        secret, headers, body, now_s = case(changes)
        assert names["verified"](secret, headers, body.encode(), now_s) is holds, changes


@pytest.mark.php
def test_the_php_of_the_page_does_the_same() -> None:
    program = (
        "<?php\n"
        + snippet("php")
        + "foreach (json_decode(stream_get_contents(STDIN), true) as $case) "
        + "echo verified(...$case) ? '1' : '0';"
    )
    given = json.dumps([case(changes) for changes, _ in CASES])
    done = subprocess.run(
        ["php", "-r", program.removeprefix("<?php\n")],
        input=given,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "".join("1" if holds else "0" for _, holds in CASES)


def test_every_type_is_on_the_page() -> None:
    told = re.findall(r"^\| `((?:run|tool)\.\w+)` \|", PAGE.text, re.MULTILINE)
    assert told == list(NOTICES)


@pytest.mark.parametrize(
    "text",
    [
        "[]",
        '{"Shop": {"url": "https://a.example.com/"}}',
        '{"shop": {"url": "http://a.example.com/"}}',
        '{"shop": {"url": "https://u:p@a.example.com/"}}',
        '{"shop": {"url": "https://a.example.com/", "events": []}}',
        '{"shop": {"url": "https://a.example.com/", "events": ["run.begun"]}}',
        '{"shop": {"url": "https://a.example.com/", "secret": "x"}}',
    ],
)
def test_endpoints_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(ValueError):
        parse_endpoints(text)


def test_secrets_are_read_and_short_ones_refused() -> None:
    found = parse_secrets(f"shop:{OTHER_KEY},shop:{GOLDEN['secret']}")
    assert [key_of(each.reveal()) for each in found["shop"]] == [b"o" * 32, bytes(range(32))]
    for text in ("shop", "shop:hush", "shop:whsec_" + base64.b64encode(b"x" * 23).decode()):
        with pytest.raises(ValueError):
            parse_secrets(text)
