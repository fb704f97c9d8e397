"""A signed HTTP client for tests, every part of whose requests can be bent."""

import hashlib
import json
import secrets
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import requests

from runtime_app.security import tokens
from runtime_app.security.key_ring import SigningKey
from runtime_app.sse import Decoder, SseEvent

PREFIX = "/internal/v1"


@dataclass(frozen=True)
class Api:
    """Speaks the contract as `principal` (headers) with tokens of `key`.

    `send` signs what the request names; `claims`, `headers` and `raw` override what would be sent.
    An operator has no headers, and `asks` for scopes in its claims.
    """

    base_url: str
    key: SigningKey
    principal: Mapping[str, str] = field(default_factory=lambda: {"X-OA-USER-ID": "42"})
    asks: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, state: Mapping[str, Any], **principal: str) -> "Api":
        """A client of the stack that `stack.json` describes."""
        key = SigningKey(state["signing_key_id"], state["signing_key"].encode())
        return cls(state["base_url"], key)

    def as_user(self, user_id: int) -> "Api":
        """The same service, another user."""
        return Api(self.base_url, self.key, {"X-OA-USER-ID": str(user_id)})

    def as_guest(self, scope: str) -> "Api":
        """The same service, a guest."""
        return Api(self.base_url, self.key, {"X-OA-GUEST-SCOPE": scope})

    def as_operator(self, actor: str, *scopes: str) -> "Api":
        """The same service, an operator."""
        return Api(self.base_url, self.key, {}, {"actor": actor, "scope": list(scopes)})

    def token(self, method: str, path: str, raw: bytes, names: Mapping[str, Any]) -> str:
        """A token that holds for this request."""
        return tokens.mint(self.key, self.claims(method, path, raw, names))

    def claims(
        self, method: str, path: str, raw: bytes, names: Mapping[str, Any]
    ) -> dict[str, Any]:
        """The claims of a token that holds for this request."""
        now_s = int(time.time())
        who: dict[str, Any] = {}
        if "X-OA-USER-ID" in self.principal:
            who["user_id"] = int(self.principal["X-OA-USER-ID"])
        if "X-OA-GUEST-SCOPE" in self.principal:
            who["guest_scope"] = self.principal["X-OA-GUEST-SCOPE"]
        return {
            "iat": now_s,
            "exp": now_s + 60,
            "nonce": secrets.token_hex(16),
            **{name: value for name, value in names.items() if value is not None},
            **who,
            **self.asks,
            "htm": method,
            "htp": PREFIX + path.partition("?")[0],
            "bsh": hashlib.sha256(raw).hexdigest(),
        }

    def send(
        self,
        method: str,
        path: str,
        *,
        run_id: str | None = None,
        thread_id: str | None = None,
        body: Any = None,
        raw: bytes | None = None,
        headers: Mapping[str, str | None] | None = None,
        claims: Mapping[str, Any] | None = None,
        stream: bool = False,
    ) -> requests.Response:
        """One signed request; a header or a claim given as None is left out."""
        if raw is None:
            raw = b"" if body is None else json.dumps(body).encode()
        names = {"run_id": run_id, "thread_id": thread_id, **(claims or {})}
        sent: dict[str, str | None] = {
            "Content-Type": "application/json",
            "X-OA-RUNTIME-SIGNATURE": self.token(method, path, raw, names),
            **self.principal,
            **(headers or {}),
        }
        given = {name: value for name, value in sent.items() if value is not None}
        return requests.request(
            method,
            self.base_url + PREFIX + path,
            data=raw,
            headers=given,
            stream=stream,
            timeout=60,
        )

    # -- the contract's calls, with names that are signed ------------------------------------------

    def start(self, run_id: str | None, thread_id: str, **fields: Any) -> requests.Response:
        """POST /runs."""
        body = {"thread_id": thread_id, **fields}
        if run_id is not None:
            body["run_id"] = run_id
        return self.send("POST", "/runs", run_id=run_id, thread_id=thread_id, body=body)

    def frame(
        self, run_id: str, thread_id: str, frame_id: str, text: str = "hello", **fields: Any
    ) -> requests.Response:
        """POST /runs/{id}/frames with a user message, unless `fields` say otherwise."""
        body = {
            "thread_id": thread_id,
            "frame_id": frame_id,
            "type": "user_message",
            "payload": {"text": text},
            **fields,
        }
        path = f"/runs/{run_id}/frames"
        return self.send("POST", path, run_id=run_id, thread_id=thread_id, body=body)

    def cancel(self, run_id: str, thread_id: str, **fields: Any) -> requests.Response:
        """POST /runs/{id}/cancel."""
        body = {"thread_id": thread_id, **fields}
        path = f"/runs/{run_id}/cancel"
        return self.send("POST", path, run_id=run_id, thread_id=thread_id, body=body)

    def get(self, path: str, run_id: str, thread_id: str, query: str = "") -> requests.Response:
        """GET /runs/{id}{path}?thread_id=…{query}."""
        full = f"/runs/{run_id}{path}?thread_id={thread_id}{query}"
        return self.send("GET", full, run_id=run_id, thread_id=thread_id)

    def snapshot(self, run_id: str, thread_id: str) -> dict[str, Any]:
        """The run as it is; asserts 200."""
        response = self.get("/snapshot", run_id, thread_id)
        assert response.status_code == 200, response.text
        return response.json()

    def events(self, run_id: str, thread_id: str) -> list[dict[str, Any]]:
        """All native events of a run, with hashes."""
        found: list[dict[str, Any]] = []
        while True:
            after = found[-1]["seq"] if found else 0
            page = self.get("/events", run_id, thread_id, f"&limit=1000&after={after}").json()
            found += page["events"]
            if len(page["events"]) < 1000:
                return found

    def stream(
        self,
        run_id: str,
        thread_id: str,
        query: str = "&cursor=0",
        headers: Mapping[str, str] | None = None,
    ) -> Iterator[SseEvent]:
        """GET /runs/{id}/stream; asserts 200, yields until the stream ends."""
        path = f"/runs/{run_id}/stream?thread_id={thread_id}{query}"
        response = self.send(
            "GET", path, run_id=run_id, thread_id=thread_id, headers=headers, stream=True
        )
        assert response.status_code == 200, response.text
        yield from read_sse(response)

    def run_and_stream(
        self, run_id: str, thread_id: str, text: str, **run: Any
    ) -> Iterator[SseEvent]:
        """POST /runs/stream with one user message; asserts 200, yields until the end."""
        body = {
            "run": {"run_id": run_id, "thread_id": thread_id, **run},
            "frame": {"frame_id": "f1", "type": "user_message", "payload": {"text": text}},
        }
        response = self.send(
            "POST", "/runs/stream", run_id=run_id, thread_id=thread_id, body=body, stream=True
        )
        assert response.status_code == 200, response.text
        yield from read_sse(response)


def read_sse(response: requests.Response) -> Iterator[SseEvent]:
    """The events of a streamed response as they come."""
    decoder = Decoder()
    with response:
        for chunk in response.iter_content(None):
            yield from decoder.feed(chunk)


def parts(events: Iterator[SseEvent] | list[SseEvent]) -> list[dict[str, Any]]:
    """The AI SDK parts of a stream, `[DONE]` left out."""
    return [json.loads(event.data) for event in events if event.data != "[DONE]"]


def text_of(events: Iterator[SseEvent] | list[SseEvent]) -> str:
    """The text that a reader of the stream has seen."""
    return "".join(part["delta"] for part in parts(events) if part["type"] == "text-delta")


def fresh(prefix: str = "r") -> str:
    """An id that nobody has used."""
    return f"{prefix}-{secrets.token_hex(6)}"
