"""How many signatures of an address have failed in its minute: bounded, and of this process alone.

A limit per process is enough: nobody guesses a MAC. What it keeps away is the noise of a client
that signs wrongly and does not stop.
"""

from collections import OrderedDict
from ipaddress import IPv6Address, ip_address

WINDOW_S = 60.0
#: About 2 MB; beyond it the address whose minute began first is forgotten.
MAX_ADDRESSES = 10_000


class FailedSignatures:
    """Counts by address, from its first failure on for a minute, then anew.

    Args:
        limit: failures of a minute that are told apart from each other (401); the rest are 429.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._minutes: OrderedDict[str, list[float]] = OrderedDict()

    def count(self, address: str, now_s: float) -> float | None:
        """Count one more failure.

        Args:
            now_s: monotonic.

        Returns:
            None while the address is within its limit; else the seconds until its minute is over.
        """
        source = _source(address)
        minute = self._minutes.get(source)
        if minute is None or now_s - minute[0] >= WINDOW_S:
            self._minutes.pop(source, None)
            minute = self._minutes[source] = [now_s, 0]
            if len(self._minutes) > MAX_ADDRESSES:
                self._minutes.popitem(last=False)
        minute[1] += 1
        return None if minute[1] <= self.limit else minute[0] + WINDOW_S - now_s

    def __len__(self) -> int:
        """Addresses that are remembered."""
        return len(self._minutes)


def _source(address: str) -> str:
    """The address, or the /64 that it lies in: one host of IPv6 has all of that."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped is None:
        return f"{int(parsed) >> 64:x}/64"
    return str(getattr(parsed, "ipv4_mapped", None) or parsed)
