"""Who speaks to other machines, and that no setting weakens the guard of those who do."""

import ast
from pathlib import Path

import pytest

from runtime_app.config import SETTINGS
from tests.architecture.sources import PRODUCT, files, nodes, place

#: What can open a connection; `socket` also names constants and this machine.
HTTP = frozenset(
    (
        *("http.client", "urllib.request", "urllib3", "requests", "aiohttp", "ftplib", "smtplib"),
        *("httpx", "httpx2", "httpcore", "httpcore2", "h11", "h2", "websockets", "websocket"),
        *("pycurl", "grpc", "telnetlib", "xmlrpc.client", "asyncio", "openai", "anthropic"),
    )
)
SPEAKERS = {
    "runtime_app/client.py": "http.client",  # our own service, wherever an operator says it is
    "runtime_app/egress/fetch.py": "httpx2",  # its reading of what the machine trusts
    "runtime_app/egress/wire.py": "httpcore2",
    "runtime_app/local/page/relay.py": "http.client",
    "runtime_app/local/page/server.py": "http.client",  # the answers of the relay
    "runtime_app/local/probes.py": "http.client",
    "runtime_app/providers/anthropic.py": "anthropic",
    "runtime_app/providers/endpoint.py": "httpx2",  # hosts from settings alone
    "runtime_app/providers/faults.py": "httpx2",  # its exceptions
    "runtime_app/providers/openai_compatible.py": "openai",
}
SOCKETS = {
    "runtime_app/artifacts/apart.py",  # a pair, to a child
    "runtime_app/egress/resolver.py",
    "runtime_app/local/ports.py",
    "runtime_app/local/probes.py",
    "runtime_app/maintenance/liveness.py",  # this machine's name
    "runtime_app/providers/connection.py",  # cuts a connection
    "web/far_end.py",  # how much one holds for a client
    "web/server.py",
}
#: Arguments by keyword alone that only tests give; None is a call with `**`.
TEST_ONLY = {
    "EgressPolicy": ("networks", "ports", None),
    "http_get": ("policy", None),
    "github": ("policy", None),
    "replace": ("networks", "ports"),
}


def imported(path: Path) -> set[str]:
    """Every module that a file imports, wherever in it."""
    found: set[str] = set()
    for node in nodes(path):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def among(names: set[str], wanted: frozenset[str]) -> set[str]:
    return {
        each for each in wanted for name in names if name == each or name.startswith(f"{each}.")
    }


def test_http_is_spoken_in_these_files_only():
    found = {str(path): among(imported(path), HTTP) for path in files(*PRODUCT)}
    speakers = {path: " ".join(sorted(named)) for path, named in found.items() if named}
    assert speakers == SPEAKERS


def test_sockets_are_made_in_these_files_only():
    users = {str(path) for path in files(*PRODUCT) if "socket" in imported(path)}
    assert users == SOCKETS


@pytest.mark.parametrize(("name", "wanted"), TEST_ONLY.items())
def test_what_tests_may_widen_nothing_else_does(name: str, wanted: tuple[str | None, ...]):
    """An egress policy with other networks or ports is made in tests; no setting leads there."""
    users = [
        place(path, node)
        for path in files(*PRODUCT)
        for node in nodes(path)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == name
        and any(keyword.arg in wanted for keyword in node.keywords)
    ]
    assert users == []
    named = {setting.name for setting in SETTINGS if setting.name.startswith("OA_EGRESS")}
    assert named == {
        *("OA_EGRESS_ALLOW", "OA_EGRESS_PROXY", "OA_EGRESS_CREDENTIALS", "OA_EGRESS_LOGINS"),
    }


def test_the_guard_never_reads_the_environment():
    [connect] = [
        node
        for node in nodes(Path("runtime_app/egress/fetch.py"))
        if isinstance(node, ast.keyword) and node.arg == "trust_env"
    ]
    assert isinstance(connect.value, ast.Constant)
    assert connect.value.value is False
