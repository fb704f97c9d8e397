"""What differs between the protocols that models are asked in; all else is `remote` and `endpoint`.

A dialect is a table of functions: how to write a request, how to read an answer, what its errors
mean, and which SDK carries both. None of them does I/O by itself.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Protocol

from runtime_app.providers.outcome import Outcome
from runtime_app.providers.provider import ModelRequest, StreamEvent


class Answer(Protocol):
    """One answer put together from the chunks of its stream: feed and finish."""

    @property
    def tokens(self) -> int:
        """Pieces of text, reasoning and calls so far; empty chunks do not count."""

    @property
    def complete(self) -> bool:
        """Whether the model has said why it stopped; only usage may still follow."""

    def feed(self, chunk: object) -> Iterator[StreamEvent]:
        """Take the next chunk's JSON and yield what it adds.

        Raises:
            ProviderError: provider_fault; the chunk is none of the protocol's.
        """

    def finish(self) -> Iterator[StreamEvent]:
        """Yield the whole calls, the usage and `Done`.

        Raises:
            ProviderError: provider_fault; the stream ended before the answer did.
        """


@dataclass(frozen=True, slots=True)
class Dialect:
    """One protocol.

    Args:
        sdk: imports the SDK; loading it is slow, and most processes never talk to a model.
        client: the SDK's client, from its own arguments, which names no one but the key's owner.
        path: where a streamed answer is asked for, below the base URL.
        models_path: where its models are listed.
        codes: what the codes and types of its errors mean.
        body: the request as JSON; raises ProviderError, caller_fault, for one that cannot be said.
        answer: an empty answer to a request.
    """

    sdk: Callable[[], ModuleType]
    client: Callable[..., Any]
    path: str
    models_path: str
    codes: Mapping[str, Outcome]
    body: Callable[[ModelRequest], dict[str, Any]]
    answer: Callable[[ModelRequest], Answer]
