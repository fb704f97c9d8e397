"""A provider that plays scripts: deterministic, local, without a key.

The same request gives the same events, so it serves wherever a model would only add noise: the
first run on a fresh machine, tests, benchmarks and drills of a provider that misbehaves.
"""

import threading
from collections.abc import Iterator

from runtime_app.clock import Clock, SystemClock
from runtime_app.providers.model_script import parse_script
from runtime_app.providers.provider import ModelRequest, ModelStream, StreamEvent
from runtime_app.providers.script_plays import Pause, play
from runtime_app.providers.timeouts import DEFAULT_TIMEOUTS, Patience, ProviderTimeouts

_SYSTEM_CLOCK = SystemClock()


class ScriptedProvider:
    """Plays the script that the model's name spells, such as `tokens?n=200&delay_ms=50`.

    The first-token, between-tokens and total limits hold here as for any provider; there is
    nothing to connect to.
    """

    name = "scripted"

    def __init__(
        self, timeouts: ProviderTimeouts = DEFAULT_TIMEOUTS, clock: Clock = _SYSTEM_CLOCK
    ) -> None:
        self._timeouts = timeouts
        self._clock = clock

    def open(self, request: ModelRequest) -> ModelStream:
        return _ScriptedStream(request, self._timeouts, self._clock)


class _ScriptedStream:
    def __init__(self, request: ModelRequest, timeouts: ProviderTimeouts, clock: Clock) -> None:
        self._request = request
        self._timeouts = timeouts
        self._clock = clock
        self._closed = threading.Event()
        self._read = False

    def __iter__(self) -> Iterator[StreamEvent]:
        if self._read:
            raise RuntimeError("a model stream is read once; open another")
        self._read = True
        return self._events()

    def close(self) -> None:
        self._closed.set()

    def _events(self) -> Iterator[StreamEvent]:
        timeouts = self._timeouts.within(self._request.within_s)
        patience = Patience(timeouts, self._clock.monotonic()).connected()
        try:
            for beat in play(parse_script(self._request.model), self._request):
                if isinstance(beat, Pause):
                    self._pass_time(beat.seconds, patience)
                    continue
                if self._closed.is_set():
                    return
                if self._clock.monotonic() >= patience.ends_at():
                    raise patience.exhausted()
                yield beat
                patience = patience.token(self._clock.monotonic())
        finally:
            self.close()

    def _pass_time(self, seconds: float, patience: Patience) -> None:
        now = self._clock.monotonic()
        left_s = patience.deadline() - now
        closed = self._closed.wait(max(0.0, min(seconds, left_s)))
        if not closed and left_s < seconds:
            raise patience.exhausted()
