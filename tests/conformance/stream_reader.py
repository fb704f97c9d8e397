"""A client of streams for the continuity kit: the standard library and nothing of ours."""

import http.client
import json
import secrets
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

PREFIX = "/internal/v1"
#: (method, path with query, body, the ids that the request names) -> headers that let it in.
Sign = Callable[[str, str, bytes, Mapping[str, str]], Mapping[str, str]]
Run = tuple[str, str]


class Fault(AssertionError):
    """A promise is broken."""


class Cut(Exception):
    """The stream broke off, and said so: no end of its response came."""


@dataclass(frozen=True)
class Subject:
    """The service under test.

    Args:
        base_url: where it is.
        sign: lets a request in.
        model: answers at once, in at least two pieces.
        slow_model: answers for a second or longer, in many pieces.
        restart: ends the process that serves streams as a crash would, and returns when its
            successor serves; None leaves out what needs it.
        drop_listener: cuts what tells that process of new events; likewise.
        patience_s: whatever has not come by then will not come.
    """

    base_url: str
    sign: Sign
    model: str = "scripted/tokens?n=12&delay_ms=0&bytes=8"
    slow_model: str = "scripted/tokens?n=40&delay_ms=40&bytes=8"
    restart: Callable[[], None] | None = field(default=None, repr=False)
    drop_listener: Callable[[], None] | None = field(default=None, repr=False)
    patience_s: float = 60.0

    def ask(
        self, method: str, path: str, body: Any = None, **names: str
    ) -> tuple[int, dict[str, Any]]:
        """One request that is answered with JSON: status and body."""
        raw = b"" if body is None else json.dumps(body).encode()
        with self._send(method, path, raw, names, {}) as (response, _):
            return response.status, json.loads(response.read() or b"{}")

    def started(self, model: str, mode: str = "turn") -> Run:
        """A run that waits for its first frame."""
        run_id, thread_id = f"kit-{secrets.token_hex(8)}", f"kit-{secrets.token_hex(8)}"
        body = {"run_id": run_id, "thread_id": thread_id, "model": model, "mode": mode}
        status, answer = self.ask("POST", "/runs", body, run_id=run_id, thread_id=thread_id)
        if status != 201:
            raise Fault(f"a run is not started: {status} {answer}")
        return run_id, thread_id

    def ask_something(self, run: Run) -> None:
        """A message, which has the run answer."""
        self.frame(run, "user_message", {"text": "go on"})

    def frame(self, run: Run, frame_type: str, payload: dict[str, Any]) -> None:
        """One more input for the run, as soon as the service takes it."""
        run_id, thread_id = run
        body = {
            "thread_id": thread_id,
            "frame_id": secrets.token_hex(4),
            "type": frame_type,
            "payload": payload,
        }
        path = f"/runs/{run_id}/frames"
        until_s = time.monotonic() + self.patience_s
        while True:
            status, answer = self.ask("POST", path, body, run_id=run_id, thread_id=thread_id)
            if status == 202:
                return
            if status != 429 or time.monotonic() > until_s:
                raise Fault(f"a frame is not accepted: {status} {answer}")
            threading.Event().wait(0.2)

    def begun(self, model: str) -> Run:
        """A run that works."""
        run = self.started(model)
        self.ask_something(run)
        return run

    def log(self, run: Run) -> list[dict[str, Any]]:
        """All of a run's events, by its pages."""
        run_id, thread_id = run
        found: list[dict[str, Any]] = []
        while True:
            path = f"/runs/{run_id}/events?thread_id={thread_id}&limit=100&after={len(found)}"
            _, page = self.ask("GET", path, run_id=run_id, thread_id=thread_id)
            found += page["events"]
            if len(page["events"]) < 100:
                return found

    def snapshot(self, run: Run) -> dict[str, Any]:
        """The run as it is."""
        run_id, thread_id = run
        path = f"/runs/{run_id}/snapshot?thread_id={thread_id}"
        return self.ask("GET", path, run_id=run_id, thread_id=thread_id)[1]

    def latest_seq(self, run: Run) -> int:
        """The cursor that a snapshot reflects."""
        return int(self.snapshot(run)["latestSeq"])

    def open(
        self, run: Run, query: str = "", last_id: int | None = None, receive_bytes: int = 0
    ) -> "Stream":
        """A run's stream.

        Args:
            receive_bytes: how much the client's socket holds of what is not read; 0 is the usual.

        Raises:
            Fault: it is refused.
        """
        run_id, thread_id = run
        headers = {} if last_id is None else {"Last-Event-ID": str(last_id)}
        path = f"/runs/{run_id}/stream?thread_id={thread_id}{query}"
        names = {"run_id": run_id, "thread_id": thread_id}
        with self._send("GET", path, b"", names, headers, receive_bytes) as (response, undo):
            if response.status != 200:
                raise Fault(f"{path} (last id {last_id}) is refused: {response.read()!r}")
            return Stream(response, undo.pop_all())

    def refusal(self, run: Run, query: str, last_id: int | None = None) -> int:
        """The status of a stream that is not given; 200 of one that is."""
        run_id, thread_id = run
        headers = {} if last_id is None else {"Last-Event-ID": str(last_id)}
        path = f"/runs/{run_id}/stream?thread_id={thread_id}{query}"
        names = {"run_id": run_id, "thread_id": thread_id}
        with self._send("GET", path, b"", names, headers) as (response, _):
            return response.status

    @contextmanager
    def _send(
        self,
        method: str,
        path: str,
        raw: bytes,
        names: Mapping[str, str],
        headers: Mapping[str, str],
        receive_bytes: int = 0,
    ) -> Iterator[tuple[http.client.HTTPResponse, ExitStack]]:
        parts = urlsplit(self.base_url)
        full = PREFIX + path
        sent = {"Content-Type": "application/json", **headers}
        with ExitStack() as undo:
            connection = http.client.HTTPConnection(
                str(parts.hostname), parts.port, timeout=self.patience_s
            )
            undo.callback(connection.close)
            if receive_bytes:
                connection.sock = socket.socket()
                connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
                connection.sock.settimeout(self.patience_s)
                connection.sock.connect((str(parts.hostname), parts.port or 80))
            connection.request(method, full, raw, sent | dict(self.sign(method, full, raw, names)))
            response = undo.enter_context(connection.getresponse())
            yield response, undo


class Stream:
    """One open stream; `raw` is what has come. Its end is its connection's."""

    def __init__(self, response: http.client.HTTPResponse, connection: ExitStack) -> None:
        self._response = response
        self._connection = connection
        self.raw = b""

    def __enter__(self) -> "Stream":
        return self

    def __exit__(self, *_exception: object) -> None:
        self._connection.close()

    def more(self, at_most: int = 65_536) -> bytes:
        """What comes next; empty at its end.

        Raises:
            Cut: it broke off.
        """
        try:
            data = self._response.read1(at_most)
        except (OSError, http.client.HTTPException) as error:
            raise Cut(str(error)) from error
        self.raw += data
        return data

    def rest(self) -> bytes:
        """All of it, to its end."""
        while self.more():
            pass
        return self.raw

    def until(self, text: bytes) -> None:
        """Read until `text` has come."""
        while text not in self.raw:
            if not self.more():
                raise Fault(f"the stream ended before {text!r} came")


@dataclass(frozen=True)
class Block:
    """What stands between two empty lines, if it has data."""

    event_id: int | None
    event: str | None
    data: str


def blocks(raw: bytes) -> list[Block]:
    """The whole blocks that have data; what is behind the last empty line is not one yet.

    Raises:
        Fault: a line that no stream may have.
    """
    found = []
    for text in raw.decode("utf-8", "ignore").split("\n\n")[:-1]:
        fields: dict[str, str] = {}
        for line in text.split("\n"):
            name, colon, value = line.partition(":")
            if not colon or name not in ("", "id", "event", "data", "retry") or name in fields:
                raise Fault(f"a torn block: {text!r}")
            fields[name] = value.removeprefix(" ")
        if "data" in fields:
            seq = int(fields["id"]) if "id" in fields else None
            found.append(Block(seq, fields.get("event"), fields["data"]))
    return found


def last_id(found: list[Block]) -> int:
    """The id that a client comes back with: the last it has seen, 0 before any."""
    return next((b.event_id for b in reversed(found) if b.event_id is not None), 0)


def certain(found: list[Block]) -> list[Block]:
    """Without what a client that comes back gets again: parts of an event whose id has not come."""
    kept = list(found)
    while kept and kept[-1].event_id is None:
        kept.pop()
    return kept


def finished(found: list[Block]) -> bool:
    """Whether the run's end has come."""
    return bool(found) and (found[-1].data == "[DONE]" or found[-1].event == "run.finished")


def followed(
    subject: Subject, run: Run, query: str = "", cut_after: Callable[[int], int] | None = None
) -> list[Block]:
    """What a client has at the end that comes back by the last id whenever it was cut.

    Args:
        cut_after: the bytes after which the client itself hangs up, by the number of the attempt.

    Raises:
        Fault: the end has not come in time.
    """
    deadline_s = time.monotonic() + subject.patience_s
    kept: list[Block] = []
    attempt = 0
    while not finished(kept):
        if time.monotonic() > deadline_s:
            raise Fault(f"no end came; last: {kept[-1:]}")
        limit = cut_after(attempt) if cut_after else 1 << 40
        attempt += 1
        try:
            with subject.open(run, query, last_id(kept)) as stream:
                try:
                    while len(stream.raw) < limit and stream.more(limit - len(stream.raw)):
                        pass
                except Cut:
                    pass
                kept = certain(kept) + blocks(stream.raw)
        except (OSError, http.client.HTTPException):
            threading.Event().wait(0.1)  # nobody serves at this moment
    return kept
