"""From a name to addresses, once, within a time."""

import socket
import threading
from collections.abc import Sequence
from queue import Empty, SimpleQueue
from typing import Protocol

from runtime_app.egress.addresses import Address, parse
from runtime_app.egress.refusal import EgressRefused

MAX_ADDRESSES = 16


class Resolver(Protocol):
    """What a fetch needs to know of DNS."""

    def resolve(self, host: str, timeout_s: float) -> Sequence[Address]:
        """The addresses of a name in the order to try them.

        Raises:
            EgressRefused: name_unresolved.
        """


class SystemResolver:
    """The machine's resolver.

    It cannot be interrupted, so it is asked in a thread that is left behind when it takes too long.
    """

    def resolve(self, host: str, timeout_s: float) -> Sequence[Address]:
        answers: SimpleQueue[Sequence[Address] | OSError | UnicodeError] = SimpleQueue()
        threading.Thread(
            target=_ask, args=(host, answers), name="egress-resolve", daemon=True
        ).start()
        try:
            answer = answers.get(timeout=timeout_s)
        except Empty:
            raise EgressRefused("name_unresolved", f"DNS was silent about {host}") from None
        if isinstance(answer, Exception):
            raise EgressRefused("name_unresolved", f"DNS has no address for {host}")
        return answer


def _ask(host: str, answers: "SimpleQueue[Sequence[Address] | OSError | UnicodeError]") -> None:
    try:
        # The final dot keeps search domains out: a name means the same in every pod.
        found = socket.getaddrinfo(f"{host}.", None, type=socket.SOCK_STREAM)
        given = dict.fromkeys(str(place[0]) for *_, place in found)
        answers.put([parse(address) for address in given][:MAX_ADDRESSES])
    except (OSError, UnicodeError) as error:
        answers.put(error)
