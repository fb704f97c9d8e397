"""The client that users have: the npm package `ai`, run by Node over the programs in ai_client.

The packages are installed once, from the lock file, when they are not there or are not those.
"""

import fcntl
import json
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.stack import PROJECT

_HOME = PROJECT / "tests" / "ai_client"
_WITHIN_S = 60
_INSTALL_WITHIN_S = 300


@dataclass(frozen=True)
class Reading:
    """What `readUIMessageStream` makes of a stream.

    Attributes:
        chunks: what the parser took, in order.
        parse_errors: what it refused; a client stops at the first.
        errors: `error` chunks, and chunks that fitted nowhere.
        messages: what was assembled, each message as it was last seen.
    """

    chunks: list[dict[str, Any]]
    parse_errors: list[str]
    errors: list[str]
    messages: list[dict[str, Any]]


@dataclass(frozen=True)
class ChatView:
    """What the user of a chat (`useChat`) sees after some exchanges.

    Attributes:
        messages: as shown, the user's among them.
        status: ready or error.
        error: what is shown with the status error.
        data: transient data parts, in order.
        ends: how each exchange ended, in the words of `onFinish`.
    """

    messages: list[dict[str, Any]]
    status: str
    error: str | None
    data: list[dict[str, Any]]
    ends: list[dict[str, Any]]

    @property
    def answers(self) -> list[dict[str, Any]]:
        """The messages that are not the user's."""
        return [message for message in self.messages if message["role"] == "assistant"]


def read(body: bytes) -> Reading:
    """Read a whole body."""
    return _reading(_run("read.mjs", [], body.decode()))


def read_url(url: str, headers: Mapping[str, str]) -> Reading:
    """Read a server's answer until it ends."""
    return _reading(_run("read.mjs", [url], json.dumps(dict(headers))))


def chat(*exchanges: Mapping[str, Any]) -> ChatView:
    """Let one chat make these exchanges; chat.mjs says what they look like."""
    return ChatView(**_run("chat.mjs", [], json.dumps(exchanges)))


def answer_tools(script: Mapping[str, Any]) -> dict[str, Any]:
    """A chat that answers the calls of its own tools; tools.mjs says what its script is."""
    found: dict[str, Any] = _run("tools.mjs", [], json.dumps(script))
    return found


def visit(page: Mapping[str, Any]) -> ChatView:
    """One page on a site's chat routes; site.mjs says what it looks like."""
    return ChatView(**_run("site.mjs", [], json.dumps(page)))


def build_page(folder: Path) -> None:
    """The chat page for a browser, as `page.html` and what it needs, into a folder."""
    _install()
    options = ["--bundle", "--format=esm", "--jsx=automatic", "--log-level=warning"]
    production = '--define:process.env.NODE_ENV="production"'
    outfile = f"--outfile={folder / 'page.js'}"
    esbuild = str(_HOME / "node_modules" / ".bin" / "esbuild")
    _call([esbuild, "page.jsx", *options, production, outfile], "", _WITHIN_S)
    shutil.copyfile(_HOME / "page.html", folder / "page.html")


class Parser:
    """The client's parser, kept running for many short bodies."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def parse(self, body: bytes) -> tuple[list[dict[str, Any]], list[str]]:
        """What it took of a body, and what it refused."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(body.decode()) + "\n")
        self._process.stdin.flush()
        # JavaScript writes the float 1e16 as 10000000000000000, which is no int of ours.
        answer = json.loads(self._process.stdout.readline(), parse_int=float)
        return answer["chunks"], answer["parseErrors"]


@contextmanager
def running_parser() -> Iterator[Parser]:
    """A parser of one's own."""
    _install()
    with subprocess.Popen(
        ["node", "parse.mjs"],
        cwd=_HOME,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        encoding="utf-8",
    ) as process:
        yield Parser(process)


def text_of(message: Mapping[str, Any]) -> str:
    """The text of a message as it would be read aloud."""
    return "".join(part["text"] for part in message["parts"] if part["type"] == "text")


def _reading(answer: Mapping[str, Any]) -> Reading:
    return Reading(answer["chunks"], answer["parseErrors"], answer["errors"], answer["messages"])


def _run(program: str, arguments: Sequence[str], given: str) -> Any:
    _install()
    return json.loads(_call(["node", program, *arguments], given, _WITHIN_S))


def _install() -> None:
    """`npm ci`, unless what is installed is what the lock file says; one process at a time."""
    lock = _HOME / "package-lock.json"
    stamp = _HOME / "node_modules" / ".installed-from"
    (PROJECT / ".local").mkdir(exist_ok=True)
    with (PROJECT / ".local" / "npm.lock").open("w") as alone:
        fcntl.flock(alone, fcntl.LOCK_EX)
        if _same(stamp, lock):
            return
        assert shutil.which("npm"), "these tests need Node 20 or newer, with npm, on the PATH"
        _call(["npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"], "", _INSTALL_WITHIN_S)
        shutil.copyfile(lock, stamp)


def _same(one: Path, other: Path) -> bool:
    return one.exists() and one.read_bytes() == other.read_bytes()


def _call(argv: Sequence[str], given: str, within_s: float) -> str:
    done = subprocess.run(
        argv,
        cwd=_HOME,
        input=given,
        capture_output=True,
        encoding="utf-8",
        timeout=within_s,
        check=False,
    )
    assert done.returncode == 0, f"{argv}: {done.stderr or done.stdout}"
    return done.stdout
