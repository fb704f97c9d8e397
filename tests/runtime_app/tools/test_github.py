"""The pack `github` against a server that speaks its API, through the egress guard."""

from collections.abc import Iterator
from datetime import UTC, datetime
from ipaddress import ip_network
from typing import Any

import pytest

from runtime_app.canonical import canonical
from runtime_app.egress.policy import EgressPolicy
from runtime_app.egress.secret import Credential, Secret
from runtime_app.tools.adapters.github import LOGIN, github
from runtime_app.tools.context import ToolContext
from runtime_app.tools.registry import Registry
from runtime_app.tools.spec import ToolError
from tests.support.egress import ALLOW, PUBLIC, names, way_out
from tests.support.github_server import TOKEN, GitHubServer
from tests.support.sanitizer import SANITIZER

CONTEXT = ToolContext(
    "call_1", datetime(2026, 1, 2, tzinfo=UTC), trace_headers={"traceparent": "00-ab-cd-01"}
)
HERE = {"owner": "octo", "repo": "repo"}
ISSUE = {**HERE, "number": 7}
WRITING = {"allow": ["github.comment"]}


@pytest.fixture
def server() -> Iterator[GitHubServer]:
    with GitHubServer() as running:
        yield running


def registry(server: GitHubServer, *, login: bool = True) -> Registry:
    mine = Credential(LOGIN, server.url, "Authorization", Secret(TOKEN))
    egress = way_out(names(), credentials={LOGIN: mine} if login else {})
    public = EgressPolicy((ALLOW,), ports=frozenset((server.port,)), networks=(ip_network(PUBLIC),))
    return Registry(github(egress, SANITIZER, server.url, policy=public))


def call(tools: Registry, name: str, **arguments: Any) -> dict[str, Any]:
    tool = tools.get(name)
    assert tool is not None
    assert tools.problem(name, arguments, {"allow": [name]}) is None
    output = tool.adapter(arguments, CONTEXT)
    assert tools.output_problem(name, output) is None
    return output


def test_an_issue_is_read(server: GitHubServer) -> None:
    found = call(registry(server), "github.issue", **ISSUE)
    assert (found["title"], found["state"], found["author"]) == (
        *("It does not start", "open", "octocat"),
    )
    assert (found["labels"], found["body"], found["truncated"]) == (["bug"], "See the log.", False)
    [head] = server.heads
    assert head["authorization"] == TOKEN
    assert head["traceparent"] == "00-ab-cd-01"


def test_a_long_text_is_cut_and_says_so(server: GitHubServer) -> None:
    server.issue["body"] = "word " * 10_000
    found = call(registry(server), "github.issue", **ISSUE)
    assert (len(found["body"]), found["truncated"]) == (20_000, True)


def test_a_pull_request_is_read(server: GitHubServer) -> None:
    found = call(registry(server), "github.pull_request", **HERE, number=8)
    assert (found["head"], found["base"], found["merged"]) == ("fix", "main", False)
    assert (found["changed_files"], found["additions"], found["deletions"]) == (2, 10, 3)


def test_a_comment_is_written_once(server: GitHubServer) -> None:
    made = call(registry(server), "github.comment", **ISSUE, body="Try **again**.")
    assert server.comments == ["Try **again**."]
    assert made == {"id": 1, "url": "https://example.com/octo/repo/issues/7#issuecomment-1"}


def test_without_a_credential_it_reads_and_does_not_write(server: GitHubServer) -> None:
    tools = registry(server, login=False)
    assert call(tools, "github.issue", **ISSUE)["state"] == "open"
    with pytest.raises(ToolError, match="GitHub answers 401 Requires authentication"):
        call(tools, "github.comment", **ISSUE, body="x")
    assert server.comments == []


def test_what_github_says_instead_is_told(server: GitHubServer) -> None:
    tools = registry(server)
    with pytest.raises(ToolError, match="GitHub answers 404 Not Found"):
        call(tools, "github.issue", **HERE, number=9)
    busy = {"owner": "octo", "repo": "busy", "number": 1}
    with pytest.raises(ToolError, match=r"429 .*; it asks to wait 60 s"):
        call(tools, "github.issue", **busy)


def test_a_repository_that_has_moved_is_followed_but_not_with_a_comment(
    server: GitHubServer,
) -> None:
    tools, moved = registry(server), {"owner": "octo", "repo": "moved", "number": 1}
    assert call(tools, "github.issue", **moved)["title"] == "It does not start"
    with pytest.raises(ToolError, match=r"\Aredirects_exceeded: "):
        call(tools, "github.comment", **moved, body="x")
    assert server.comments == []


def test_the_credential_is_hidden_in_what_comes_back(server: GitHubServer) -> None:
    server.issue["body"] = f"my token is {TOKEN}"
    assert TOKEN.split()[1] not in canonical(call(registry(server), "github.issue", **ISSUE))


@pytest.mark.parametrize(
    "arguments",
    [
        {**HERE, "number": 0},
        {"owner": "octo/../..", "repo": "repo", "number": 7},
        {"owner": "octo", "repo": "..", "number": 7},
        {"owner": "octo", "repo": "repo?x=", "number": 7},
        {"owner": "octo", "repo": "repo"},
    ],
)
def test_a_place_that_is_none_is_not_asked_for(
    server: GitHubServer, arguments: dict[str, Any]
) -> None:
    assert registry(server).problem("github.issue", arguments, None) is not None


@pytest.mark.parametrize("policy", [None, {}, {"deny": []}, {"allow": ["github.issue"]}])
def test_a_comment_needs_a_policy_that_allows_it_by_name(
    server: GitHubServer, policy: dict[str, Any] | None
) -> None:
    tools = registry(server)
    assert "github.comment" not in [tool.spec.name for tool in tools.offered(policy)]
    assert tools.problem("github.comment", {**ISSUE, "body": "x"}, policy) is not None
    assert tools.problem("github.comment", {**ISSUE, "body": "x"}, WRITING) is None


def test_the_host_of_the_setting_must_be_one_that_the_deployment_allows(
    server: GitHubServer,
) -> None:
    tools = Registry(github(way_out(names()), SANITIZER, "https://api.github.com"))
    tool = tools.get("github.issue")
    assert tool is not None
    with pytest.raises(ToolError, match=r"\Ahost_not_allowed: api\.github\.com"):
        tool.adapter(ISSUE, CONTEXT)
