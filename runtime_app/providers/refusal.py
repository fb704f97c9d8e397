"""A stream for a call that cannot be made: its error comes where every other one does."""

from collections.abc import Iterator

from runtime_app.providers.errors import ProviderError
from runtime_app.providers.provider import StreamEvent


class Refusal:
    """A model stream that only raises `error`."""

    def __init__(self, error: ProviderError) -> None:
        self._error = error

    def __iter__(self) -> Iterator[StreamEvent]:
        raise self._error

    def close(self) -> None:
        """Nothing is open."""
