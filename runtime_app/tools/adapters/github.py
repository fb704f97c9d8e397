"""The pack `github`: read an issue or a pull request, write a comment. Through the egress guard."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from runtime_app.canonical import canonical
from runtime_app.egress.allowlist import Allowlist
from runtime_app.egress.fetch import Egress, Fetched
from runtime_app.egress.policy import EgressPolicy
from runtime_app.egress.refusal import EgressRefused
from runtime_app.sanitizer import Sanitizer
from runtime_app.tools.context import ToolContext
from runtime_app.tools.spec import Rate, Tool, ToolError, ToolSpec

#: The credential of the deployment that is shown to GitHub, where there is one of that name.
LOGIN = "github"
#: What GitHub allows is 5,000 requests an hour, and of what makes content 80 a minute.
READS = Rate("github", 80, 60)
WRITES = Rate("github.comment", 20, 60)
_TEXT_CHARS = 20_000
_VERSION = "2022-11-28"

_PLACE: Mapping[str, Any] = {
    "owner": {"type": "string", "pattern": "^[A-Za-z0-9-]{1,39}$"},
    "repo": {"type": "string", "pattern": r"^(?!\.{1,2}$)[A-Za-z0-9._-]{1,100}$"},
    "number": {"type": "integer", "minimum": 1},
}


@dataclass(frozen=True, slots=True)
class _GitHub:
    """The API as this deployment reaches it."""

    egress: Egress
    sanitizer: Sanitizer
    url: str
    policy: EgressPolicy

    def ask(self, path: str, context: ToolContext, body: Mapping[str, Any] | None = None) -> Any:
        """What GitHub answers, as JSON; with a body, to a POST of it.

        Raises:
            ToolError: the guard or GitHub says no.
        """
        credential = self.egress.credentials.get(LOGIN)
        words = () if credential is None else credential.secret.words()
        echo = self.sanitizer.echo_filter(words)
        headers = {**context.trace_headers, "X-GitHub-Api-Version": _VERSION}
        url = self.url + path
        try:
            if body is None:
                answer = self.egress.fetch(url, self.policy, headers, credential)
            else:
                sent = canonical(body).encode()
                answer = self.egress.post(url, sent, self.policy, headers, credential)
        except EgressRefused as refused:
            raise ToolError(echo.text(str(refused))) from refused
        return echo.value(_read(answer))


def github(
    egress: Egress, sanitizer: Sanitizer, url: str, *, policy: EgressPolicy | None = None
) -> tuple[Tool, ...]:
    """The tools over a way out.

    Args:
        url: of the API, from settings.
        policy: in place of https to the API's host where the deployment allows it; for tests alone.
    """
    host = Allowlist.parse(urlsplit(url).hostname or "")
    api = _GitHub(egress, sanitizer, url.rstrip("/"), policy or EgressPolicy((egress.allow, host)))
    return (
        _tool(api, host, "github.issue", "Read an issue of a GitHub repository.", _issue),
        _tool(api, host, "github.pull_request", "Read a pull request on GitHub.", _pull_request),
        _tool(
            api,
            host,
            "github.comment",
            "Write a comment under an issue or a pull request on GitHub, in Markdown.",
            _comment,
            more={"body": {"type": "string", "minLength": 1, "maxLength": 60_000}},
            writes=True,
        ),
    )


def _tool(
    api: _GitHub,
    host: Allowlist,
    name: str,
    description: str,
    do: Callable[[_GitHub, Mapping[str, Any], ToolContext], Any],
    *,
    more: Mapping[str, Any] | None = None,
    writes: bool = False,
) -> Tool:
    fields = {**_PLACE, **(more or {})}
    spec = ToolSpec(
        name=name,
        description=description,
        parameters={
            "type": "object",
            "properties": fields,
            "required": list(fields),
            "additionalProperties": False,
        },
        output={"type": "object", "required": ["url"]},
        timeout_s=30,
        idempotent=not writes,  # GitHub knows no key by which it would tell a comment's repetition
        egress=host,
        writes=writes,
        rate=WRITES if writes else READS,
    )
    return Tool(spec, partial(do, api))


def _issue(api: _GitHub, given: Mapping[str, Any], context: ToolContext) -> dict[str, Any]:
    found = api.ask(_path(given, "issues"), context)
    return {**_shown(found), "labels": [label.get("name") for label in found.get("labels", [])]}


def _pull_request(api: _GitHub, given: Mapping[str, Any], context: ToolContext) -> dict[str, Any]:
    found = api.ask(_path(given, "pulls"), context)
    counted = ("draft", "merged", "commits", "changed_files", "additions", "deletions")
    ends = {end: (found.get(end) or {}).get("ref") for end in ("head", "base")}
    return {**_shown(found), **ends, **{name: found.get(name) for name in counted}}


def _comment(api: _GitHub, given: Mapping[str, Any], context: ToolContext) -> dict[str, Any]:
    made = api.ask(f"{_path(given, 'issues')}/comments", context, {"body": given["body"]})
    return {"id": made.get("id"), "url": made.get("html_url")}


def _path(given: Mapping[str, Any], kind: str) -> str:
    return f"/repos/{given['owner']}/{given['repo']}/{kind}/{given['number']}"


def _shown(found: Mapping[str, Any]) -> dict[str, Any]:
    """What an issue and a pull request have in common; a long text is cut, and says so."""
    text = found.get("body") or ""
    return {
        "url": found.get("html_url"),
        "title": found.get("title"),
        "state": found.get("state"),
        "author": (found.get("user") or {}).get("login"),
        "created_at": found.get("created_at"),
        "updated_at": found.get("updated_at"),
        "comments": found.get("comments"),
        "body": text[:_TEXT_CHARS],
        "truncated": len(text) > _TEXT_CHARS,
    }


def _read(answer: Fetched) -> dict[str, Any]:
    try:
        found = json.loads(answer.body)
    except (ValueError, RecursionError):
        found = None
    if answer.status >= 300 or not isinstance(found, dict):
        said = found.get("message", "") if isinstance(found, dict) else ""
        wait = answer.header("retry-after")
        later = f"; it asks to wait {wait} s" if wait else ""
        raise ToolError(f"GitHub answers {answer.status} {str(said)[:300]}".rstrip() + later)
    return found
