"""Any server that speaks OpenAI's chat completions: OpenAI itself, vLLM, Ollama and others.

One thread per call reads the server and fills an inbox; the caller reads the inbox. So the caller
waits on a lock and never on a socket: limits hold however the server trickles, and `close` takes
effect at once, even during a name lookup.

A call owns its connection. Cutting it ends exactly that call, and no call inherits a connection
that the server has already dropped, which matters because nothing is retried here.
"""

import ssl
import threading
from collections.abc import Iterator
from contextlib import closing
from contextvars import copy_context
from dataclasses import dataclass

from runtime_app.clock import Clock, SystemClock
from runtime_app.egress.proxy import Proxy
from runtime_app.providers.connection import Connection
from runtime_app.providers.inbox import Inbox, InboxClosedError
from runtime_app.providers.openai_answer import OpenAIAnswer
from runtime_app.providers.openai_endpoint import ChatEndpoint
from runtime_app.providers.openai_names import own_names
from runtime_app.providers.openai_request import OutputLimitField, request_body
from runtime_app.providers.provider import ModelRequest, ModelStream, StreamEvent
from runtime_app.providers.timeouts import DEFAULT_TIMEOUTS, Patience, ProviderTimeouts

_SYSTEM_CLOCK = SystemClock()
_WAITING_CHUNKS = 256


class OpenAICompatibleProvider:
    """Streams answers from one chat-completions server.

    Neither key, address nor proxy is taken from the environment by itself.

    Args:
        base_url: up to and including the version: `http://localhost:8000/v1`.
        api_key: empty for a server that wants none; appears in no message.
        name: the prefix of its models.
        output_limit_field: what the server calls the bound on an answer; older servers know only
            `max_tokens`.
        tls: what to trust; None trusts what the machine trusts.
        proxy: through which an https address is called.
    """

    def __init__(
        self,
        *,
        base_url: str,
        api_key: str,
        name: str = "openai",
        timeouts: ProviderTimeouts = DEFAULT_TIMEOUTS,
        clock: Clock = _SYSTEM_CLOCK,
        output_limit_field: OutputLimitField = "max_completion_tokens",
        tls: ssl.SSLContext | None = None,
        proxy: Proxy | None = None,
    ) -> None:
        self.name = name
        self._endpoint = ChatEndpoint(base_url, api_key, timeouts, tls, proxy)
        self._timeouts = timeouts
        self._clock = clock
        self._output_limit_field: OutputLimitField = output_limit_field

    def open(self, request: ModelRequest) -> ModelStream:
        return _OpenAIStream(
            self._endpoint, request, self._output_limit_field, self._timeouts, self._clock
        )


class _Sending:
    """The connection stands and the request is going out."""


@dataclass(frozen=True, slots=True)
class _Chunk:
    json: object


@dataclass(frozen=True, slots=True)
class _End:
    error: Exception | None = None


_Item = _Sending | _Chunk | _End


class _OpenAIStream:
    def __init__(
        self,
        endpoint: ChatEndpoint,
        request: ModelRequest,
        output_limit_field: OutputLimitField,
        timeouts: ProviderTimeouts,
        clock: Clock,
    ) -> None:
        self._endpoint = endpoint
        self._request = request
        self._output_limit_field: OutputLimitField = output_limit_field
        self._timeouts = timeouts
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
        answer = OpenAIAnswer(own_names(self._request.tools))
        self._endpoint.load()
        patience = Patience(self._timeouts, self._clock.monotonic())
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

    def _next(self, patience: Patience, answer: OpenAIAnswer) -> _Sending | _Chunk | None:
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
            body = request_body(self._request, self._output_limit_field)
            headers = self._request.headers
            with closing(self._endpoint.chunks(body, headers, self._connection)) as chunks:
                for chunk in chunks:
                    if not self._inbox.put(_Chunk(chunk)):
                        return
            self._inbox.put(_End())
        except Exception as error:  # noqa: BLE001 - handed over; the caller's thread raises it
            self._inbox.put(_End(error))
