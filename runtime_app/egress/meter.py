"""What one fetch has left of its time and bytes."""

from runtime_app.clock import Clock
from runtime_app.egress.policy import EgressLimits
from runtime_app.egress.refusal import EgressRefused


class Meter:
    """Counts down; every read and write of a fetch asks it first.

    The time is that of the whole fetch; the bytes begin anew with each answer.
    """

    def __init__(self, clock: Clock, limits: EgressLimits) -> None:
        self._clock = clock
        self._limits = limits
        self._ends_at = clock.monotonic() + limits.total_s
        self.begin_headers()

    def begin_headers(self) -> None:
        """The next bytes are those of an answer's headers."""
        self._bytes_left, self._code = self._limits.header_bytes, "headers_too_large"

    def begin_body(self) -> None:
        """The next bytes are those of its body."""
        self._bytes_left, self._code = self._limits.wire_bytes, "body_too_large"

    def left_s(self, at_most_s: float | None = None) -> float:
        """Seconds left, `at_most_s` where that is less.

        Raises:
            EgressRefused: timed_out.
        """
        left_s = self._ends_at - self._clock.monotonic()
        if left_s <= 0:
            raise EgressRefused("timed_out", f"it took more than {self._limits.total_s:g} s")
        return left_s if at_most_s is None else min(left_s, at_most_s)

    def may_read(self, wanted_bytes: int) -> int:
        """How many bytes may be read now, at most `wanted_bytes`.

        Raises:
            EgressRefused: headers_too_large or body_too_large.
        """
        if self._bytes_left <= 0:
            raise EgressRefused(self._code, "the answer goes on beyond what is read of it")
        return min(wanted_bytes, self._bytes_left)

    def took(self, count_bytes: int) -> None:
        """That many bytes were read."""
        self._bytes_left -= count_bytes
