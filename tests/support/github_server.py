"""A server that speaks GitHub's API as far as the pack `github` does, over HTTPS on loopback."""

import json
import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from tests.support.egress import PUBLIC
from tests.support.outside import serving

TOKEN = "Bearer ghp_0123456789abcdefghij0123456789abcdef"
ISSUE = {
    "html_url": "https://example.com/octo/repo/issues/7",
    "title": "It does not start",
    "state": "open",
    "user": {"login": "octocat"},
    "labels": [{"name": "bug"}],
    "comments": 0,
    "created_at": "2026-01-02T03:04:05Z",
    "updated_at": "2026-01-02T03:04:05Z",
    "body": "See the log.",
}
PULL = {
    **{name: value for name, value in ISSUE.items() if name != "labels"},
    "title": "Start it",
    "head": {"ref": "fix"},
    "base": {"ref": "main"},
    "draft": False,
    "merged": False,
    "commits": 1,
    "changed_files": 2,
    "additions": 10,
    "deletions": 3,
}


class GitHubServer:
    """One repository, `octo/repo`, with issue 7 and pull request 8; others are not found.

    `comments` is what was posted, in order; `heads` the headers of every request.
    """

    def __init__(self) -> None:
        self.comments: list[str] = []
        self.heads: list[dict[str, str]] = []
        self.issue: dict[str, Any] = dict(ISSUE)
        self._http = ThreadingHTTPServer((PUBLIC, 0), _Handler)
        self._http.socket = serving([]).wrap_socket(self._http.socket, server_side=True)
        self._http.github = self  # type: ignore[attr-defined]
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.01,))

    @property
    def port(self) -> int:
        return self._http.server_address[1]

    @property
    def url(self) -> str:
        return f"https://api.example.com:{self.port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        github = self._github()
        found = {"/repos/octo/repo/issues/7": github.issue, "/repos/octo/repo/pulls/8": PULL}
        answer = found.get(self.path)
        if self.path == "/repos/octo/busy/issues/1":
            self._answer(429, {"message": "You have exceeded a secondary rate limit"})
        elif self.path == "/repos/octo/moved/issues/1":
            self._answer(301, {}, Location="/repos/octo/repo/issues/7")
        elif answer is None:
            self._answer(404, {"message": "Not Found"})
        else:
            self._answer(200, answer)

    def do_POST(self) -> None:
        github = self._github()
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.headers.get("Authorization") != TOKEN:
            self._answer(401, {"message": "Requires authentication"})
        elif self.path == "/repos/octo/moved/issues/1/comments":
            self._answer(307, {}, Location="/repos/octo/repo/issues/7/comments")
        elif self.path != "/repos/octo/repo/issues/7/comments":
            self._answer(404, {"message": "Not Found"})
        else:
            github.comments.append(body["body"])
            number = len(github.comments)
            made = {"id": number, "html_url": f"{ISSUE['html_url']}#issuecomment-{number}"}
            self._answer(201, made)

    def _github(self) -> GitHubServer:
        github: GitHubServer = self.server.github  # type: ignore[attr-defined]
        github.heads.append({name.lower(): value for name, value in self.headers.items()})
        return github

    def _answer(self, status: int, body: Mapping[str, Any], **headers: str) -> None:
        raw = json.dumps(body).encode()
        self.send_response(status)
        more = {"Retry-After": "60"} if status == 429 else headers
        for name, value in more.items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, *_arguments: Any) -> None:
        """Say nothing."""
