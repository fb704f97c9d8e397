"""A provider behind HTTP, whatever its dialect.

One thread per call reads the server and fills an inbox; the caller reads the inbox. So the caller
waits on a lock and never on a socket: limits hold however the server trickles, and `close` takes
effect at once, even during a name lookup.

A call owns its connection. Cutting it ends exactly that call, and no call inherits a connection
that the server has already dropped, which matters because nothing is retried here.
"""

import threading
from collections.abc import Iterator
from contextlib import closing
from contextvars import copy_context
from dataclasses import dataclass

from runtime_app.clock import Clock, SystemClock
from runtime_app.providers.connection import Connection
from runtime_app.providers.dialect import Answer
from runtime_app.providers.endpoint import Endpoint
from runtime_app.providers.inbox import Inbox, InboxClosedError
from runtime_app.providers.provider import ModelRequest, ModelStream, StreamEvent
from runtime_app.providers.timeouts import Patience

_SYSTEM_CLOCK = SystemClock()
_WAITING_CHUNKS = 256


class RemoteProvider:
    """Streams answers from one endpoint.

    Neither key, address nor proxy is taken from the environment by itself.

    Args:
        name: the prefix of its models.
    """

    def __init__(self, name: str, endpoint: Endpoint, clock: Clock = _SYSTEM_CLOCK) -> None:
        self.name = name
        self._endpoint = endpoint
        self._clock = clock

    def open(self, request: ModelRequest) -> ModelStream:
        return _RemoteStream(self._endpoint, request, self._clock)


class _Sending:
    """The connection stands and the request is going out."""


@dataclass(frozen=True, slots=True)
class _Chunk:
    json: object


@dataclass(frozen=True, slots=True)
class _End:
    error: Exception | None = None


_Item = _Sending | _Chunk | _End


class _RemoteStream:
    def __init__(self, endpoint: Endpoint, request: ModelRequest, clock: Clock) -> None:
        self._endpoint = endpoint
        self._request = request
        self._clock = clock
        self._inbox: Inbox[_Item] = Inbox(_WAITING_CHUNKS)
        self._connection = Connection(
            on_sending=lambda: self._inbox.put(_Sending()), tunnelled=endpoint.proxy is not None
        )
        self._read = False

    def __iter__(self) -> Iterator[StreamEvent]:
        if self._read:
            raise RuntimeError("a model stream is read once; open another")
        self._read = True
        return self._events()

    def close(self) -> None:
        self._inbox.close()
        self._connection.cut()

    def _events(self) -> Iterator[StreamEvent]:
        self._endpoint.load()
        answer = self._endpoint.dialect.answer(self._request)
        timeouts = self._endpoint.timeouts.within(self._request.within_s)
        patience = Patience(timeouts, self._clock.monotonic())
        threading.Thread(
            target=copy_context().run, args=(self._fill_inbox,), name="model-call", daemon=True
        ).start()
        try:
            while (item := self._next(patience, answer)) is not None:
                match item:
                    case _Sending():
                        patience = patience.connected()
                    case _Chunk(json):
                        before = answer.tokens
                        for event in answer.feed(json):
                            self._inbox.require_open()
                            yield event
                        if answer.tokens > before:
                            patience = patience.token(self._clock.monotonic())
            for event in answer.finish():
                self._inbox.require_open()
                yield event
        except InboxClosedError:
            return
        finally:
            self.close()

    def _next(self, patience: Patience, answer: Answer) -> _Sending | _Chunk | None:
        """What comes next; None at the end.

        A server that has said why it stopped owes nothing but its usage: silence or a lost
        connection after that ends the answer and does not spoil it.
        """
        now = self._clock.monotonic()
        item = None if now >= patience.ends_at() else self._inbox.take(patience.deadline() - now)
        match item:
            case None if not answer.complete:
                raise patience.exhausted()
            case _End(error) if error is not None and not answer.complete:
                raise self._endpoint.fault(error) from error
            case None | _End():
                return None
            case _:
                return item

    def _fill_inbox(self) -> None:
        try:
            body = self._endpoint.dialect.body(self._request)
            headers = self._request.headers
            with closing(self._endpoint.chunks(body, headers, self._connection)) as chunks:
                for chunk in chunks:
                    if not self._inbox.put(_Chunk(chunk)):
                        return
            self._inbox.put(_End())
        except Exception as error:  # noqa: BLE001 - handed over; the caller's thread raises it
            self._inbox.put(_End(error))
