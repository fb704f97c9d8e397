"""`http.get`: what a URL answers, through the egress guard."""

import json
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from runtime_app.canonical import canonical, make_safe
from runtime_app.egress.fetch import Egress, Fetched
from runtime_app.egress.policy import EgressPolicy
from runtime_app.egress.refusal import EgressRefused
from runtime_app.egress.secret import Credential
from runtime_app.sanitizer import EchoFilter, Sanitizer
from runtime_app.tools.adapters.fetched import FETCHED
from runtime_app.tools.context import ToolContext
from runtime_app.tools.spec import Tool, ToolError, ToolSpec

OUTPUT_LIMIT_BYTES = 65_536
_BODY_BYTES = 49_152
_HEADER_CHARS = 500
#: What of an answer's headers a model gets to see.
HEADERS = (
    *("content-type", "content-language", "date", "last-modified", "etag"),
    *("cache-control", "expires", "age", "retry-after", "link", "location"),
)
_TEXTS = ("text/", "application/json", "application/xml", "application/javascript")
_SUFFIXES = ("+json", "+xml")
_CHARSETS = frozenset(("utf-8", "us-ascii", "iso-8859-1", "iso-8859-15", "windows-1252", "utf-16"))


def http_get(
    egress: Egress,
    sanitizer: Sanitizer,
    logins: Sequence[str] = (),
    *,
    policy: EgressPolicy | None = None,
) -> Tool:
    """The tool over a way out.

    Args:
        logins: the names of credentials that a model may choose of. Who offers the tool knows
            these; only who executes it has the credentials.
        sanitizer: hides a credential that its server sends back.
        policy: in place of https to the hosts of the deployment; for tests alone.
    """
    spec = ToolSpec(
        name="http.get",
        description=_description(egress),
        parameters=_parameters(logins),
        timeout_s=30,
        idempotent=True,
        egress=egress.allow,
        output_limit_bytes=OUTPUT_LIMIT_BYTES,
    )
    allowed = policy or EgressPolicy((egress.allow, spec.egress))
    return Tool(spec, partial(_get, egress, sanitizer, allowed), FETCHED)


def _description(egress: Egress) -> str:
    hosts = ", ".join(egress.allow.patterns) or "none"
    return f"Fetch a URL over https. Hosts that may be asked: {hosts}."


def _parameters(logins: Sequence[str]) -> Mapping[str, Any]:
    properties: dict[str, Any] = {"url": {"type": "string", "minLength": 1, "maxLength": 4_096}}
    if logins:
        properties["login"] = {"type": "string", "enum": sorted(logins)}
    return {
        "type": "object",
        "properties": properties,
        "required": ["url"],
        "additionalProperties": False,
    }


def _get(
    egress: Egress,
    sanitizer: Sanitizer,
    policy: EgressPolicy,
    arguments: Mapping[str, Any],
    context: ToolContext,
) -> dict[str, Any]:
    """Status, some headers, and the body: as JSON where it is JSON and whole, else as text.

    A body that is neither is left out (null). One that is too long for the output is cut, and
    `truncated` says so.

    Raises:
        ToolError: the guard refused; the message begins with the code.
    """
    name = arguments.get("login")
    echo = sanitizer.echo_filter(())
    try:
        credential = None if name is None else egress.credential(name)
        echo = sanitizer.echo_filter(_used(credential))
        fetched = egress.fetch(arguments["url"], policy, context.trace_headers, credential)
    except EgressRefused as refused:
        raise ToolError(echo.text(str(refused))) from refused
    return _output(fetched, echo)


def _used(credential: Credential | None) -> Sequence[str]:
    """What may come back; a host that a server redirects to is told in lower case."""
    words = () if credential is None else credential.secret.words()
    return (*words, *(word.lower() for word in words))


def _output(fetched: Fetched, echo: EchoFilter) -> dict[str, Any]:
    text = _text(fetched)
    body: Any = None
    truncated = False
    if text is not None:
        whole = echo.text(text)
        kept = _cut(whole)
        truncated = len(kept) < len(whole)
        body = kept if truncated else _parsed(fetched, kept, echo)
    return {
        "url": echo.text(fetched.url),
        "status": fetched.status,
        "headers": {
            name: echo.text(value)[:_HEADER_CHARS]
            for name in HEADERS
            if (value := fetched.header(name))
        },
        "body": body,
        "truncated": truncated,
    }


def _media_type(fetched: Fetched) -> str:
    return fetched.header("content-type").partition(";")[0].strip().lower()


def _text(fetched: Fetched) -> str | None:
    kind = _media_type(fetched)
    if kind and not kind.startswith(_TEXTS) and not kind.endswith(_SUFFIXES):
        return None
    charset = fetched.header("content-type").lower().partition("charset=")[2].partition(";")[0]
    codec = charset.strip(" \"'")
    return fetched.body.decode(codec if codec in _CHARSETS else "utf-8", "replace")


def _cut(text: str) -> str:
    """What fits into the output once JSON has escaped it."""
    room = _BODY_BYTES
    if len(text) * 6 <= room:
        return text
    for at, character in enumerate(text):
        room -= len(json.dumps(character, ensure_ascii=False).encode("utf-8", "replace")) - 2
        if room < 0:
            return text[:at]
    return text


def _parsed(fetched: Fetched, text: str, echo: EchoFilter) -> Any:
    kind = _media_type(fetched)
    if kind != "application/json" and not kind.endswith("+json"):
        return text
    try:
        # JSON may escape any character, and so what the text did not show.
        value = echo.value(json.loads(text))
    except (ValueError, RecursionError):
        return text
    # 1e20 is written with 21 digits.
    fits = len(canonical(make_safe(value)[0]).encode()) <= _BODY_BYTES
    return value if fits else text
