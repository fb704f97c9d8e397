"""The `http.get` tool against a real server."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from runtime_app.canonical import canonical, make_safe
from runtime_app.egress.secret import Credential, Secret
from runtime_app.tools.adapters.http_get import OUTPUT_LIMIT_BYTES, http_get
from runtime_app.tools.context import ToolContext
from runtime_app.tools.registry import Registry
from runtime_app.tools.spec import Tool, ToolError
from tests.support.egress import ALLOW, names, policy, way_out
from tests.support.outside import Outside
from tests.support.sanitizer import SANITIZER

CONTEXT = ToolContext(
    "call_1", datetime(2026, 1, 2, tzinfo=UTC), trace_headers={"traceparent": "00-ab-cd-01"}
)
VALUE = "Bearer Hush-hush-hush-hush"


@pytest.fixture(scope="module")
def server() -> Iterator[Outside]:
    with Outside() as running:
        yield running


def tool_of(server: Outside) -> Tool:
    origin = f"https://api.example.com:{server.port}"
    mine = Credential("mine", origin, "Authorization", Secret(VALUE))
    out = way_out(names(), credentials={"mine": mine})
    return http_get(out, SANITIZER, ("mine",), policy=policy(server))


def get(server: Outside, path: str, **arguments: str) -> dict[str, Any]:
    given = {"url": f"https://api.example.com:{server.port}{path}", **arguments}
    tool = tool_of(server)
    assert Registry([tool]).problem("http.get", given, None) is None
    return tool.adapter(given, CONTEXT)


def test_json_comes_as_json_with_the_headers_of_the_list(server: Outside) -> None:
    assert get(server, "/json") == {
        "url": f"https://api.example.com:{server.port}/json",
        "status": 200,
        "headers": {"content-type": "application/json; charset=utf-8", "etag": '"v1"'},
        "body": {"a": [1, 2.5, None], "big": 123456789012345678901},
        "truncated": False,
    }


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/", "hello"),
        ("/latin", "größer"),
        ("/bad-json", "{"),
        ("/image", None),
        ("/gzip", "hello " * 100),
    ],
)
def test_text_comes_as_text_and_what_is_neither_is_left_out(
    server: Outside, path: str, body: str | None
) -> None:
    output = get(server, path)
    assert (output["body"], output["truncated"]) == (body, False)


def test_json_that_grows_when_it_is_written_canonically_stays_text(server: Outside) -> None:
    output = get(server, "/growing-json")
    assert output["body"].startswith("[1e20,1e20,")
    assert len(canonical(make_safe(output)[0])) <= OUTPUT_LIMIT_BYTES


def test_an_error_of_the_server_is_an_answer(server: Outside) -> None:
    output = get(server, "/missing")
    assert (output["status"], output["body"]) == (404, "there is no such page")


@pytest.mark.parametrize("with_", ["x", "%00", "%22", "ä", "%F0%9F%98%80", "%5C"])
def test_a_long_body_is_cut_to_what_fits_and_says_so(server: Outside, with_: str) -> None:
    output = get(server, f"/long?n=100000&with={with_}")
    stored = canonical(make_safe(output)[0])
    assert output["truncated"]
    assert len(output["body"]) > 1_000
    assert len(stored.encode()) <= OUTPUT_LIMIT_BYTES


def test_the_trace_goes_along(server: Outside) -> None:
    assert get(server, "/mirror")["body"]["traceparent"] == "00-ab-cd-01"


def test_a_credential_is_sent_by_its_name_and_hidden_in_what_comes_back(server: Outside) -> None:
    output = get(server, "/mirror", login="mine")
    assert f"Authorization: {VALUE}" in server.heads[-1]
    assert output["body"]["authorization"].startswith("[redacted:secret:t:")
    assert "hush" not in canonical(make_safe(output)[0]).lower()
    assert "authorization" not in get(server, "/mirror")["body"]


def test_a_credential_is_hidden_however_json_escapes_it(server: Outside) -> None:
    body = get(server, "/escaping-mirror", login="mine")["body"]
    assert body["user-agent"].startswith("openagents-runtime/")
    assert body["authorization"].startswith("[redacted:secret:t:")


def test_a_credential_is_hidden_in_what_is_said_of_a_redirect(server: Outside) -> None:
    with pytest.raises(ToolError, match=r"\Ahost_not_allowed: \[redacted") as refused:
        get(server, "/giving-away", login="mine")
    assert "hush" not in str(refused.value)


def test_a_credential_that_is_unknown_or_of_another_origin_is_refused(server: Outside) -> None:
    tool = tool_of(server)
    target = {"url": f"https://www.example.com:{server.port}/", "login": "other"}
    assert Registry([tool]).problem("http.get", target, None) is not None
    with pytest.raises(ToolError, match=r"\Acredential_unknown: "):
        tool.adapter(target, CONTEXT)
    with pytest.raises(ToolError, match=r"\Acredential_origin: "):
        tool.adapter({**target, "login": "mine"}, CONTEXT)


def test_a_refusal_reaches_the_model_with_its_code(server: Outside) -> None:
    with pytest.raises(ToolError, match=r"\Ahost_not_allowed: evil\.com is not among"):
        tool_of(server).adapter({"url": f"https://evil.com:{server.port}/"}, CONTEXT)


def test_the_spec_says_what_the_tool_may_do() -> None:
    spec = http_get(way_out(names()), SANITIZER).spec
    assert (spec.egress, spec.idempotent, spec.output_limit_bytes) == (ALLOW, True, 65_536)
    assert "api.example.com, www.example.com, *.example.org" in spec.description
    assert "login" not in spec.parameters["properties"]
    offered = http_get(way_out(names()), SANITIZER, ("theirs", "mine")).spec
    assert offered.parameters["properties"]["login"]["enum"] == ["mine", "theirs"]
