"""A way to the broker on which messages are lost, doubled, late and out of order; seeded.

Senders are told that all went well. What is delayed for minutes comes when `release` is called: in
a test that is after everything has ended.
"""

import heapq
import socket
import threading
import time
from collections import Counter
from random import Random
from typing import BinaryIO

import redis

from runtime_app.dispatch.celery import KEY_PREFIX
from tests.support.relay import Relay, copy

DROPPED, DOUBLED, HELD_BACK = 0.3, 0.3, 0.1
#: How late most messages are, and that is how they change places.
LATE_S = 2.0


class HellishBroker:
    """Passes connections on to the broker of `url`; while `raging`, does as it likes with queues.

    Args:
        queues: those whose messages are at its mercy.

    Attributes:
        fates: how many messages were `dropped`, `doubled`, `held back`, `late`.
    """

    def __init__(self, url: str, queues: tuple[str, ...], seed: int) -> None:
        self.raging = True
        self.fates: Counter[str] = Counter()
        self._keys = {f"{KEY_PREFIX}{queue}".encode() for queue in queues}
        self._random = Random(seed)
        self._changed = threading.Condition()
        self._due: list[tuple[float, int, bytes, bytes]] = []
        self._held: list[tuple[bytes, bytes]] = []
        self._open = True
        self._client = redis.Redis.from_url(url)
        self._relay = Relay(url, lambda: (self._requests, copy))
        threading.Thread(target=self._deliver, daemon=True).start()

    @property
    def url(self) -> str:
        """The way through it."""
        return self._relay.url

    def release(self) -> int:
        """Deliver what was held back; how many messages that were."""
        with self._changed:
            held, self._held = self._held, []
        for key, message in held:
            self._client.lpush(key, message)
        return len(held)

    def waiting(self) -> int:
        """Messages that lie in the queues."""
        return sum(int(self._client.llen(key)) for key in self._keys)

    def close(self) -> None:
        with self._changed:
            self._open = False
            self._changed.notify()
        self._relay.close()
        self._client.close()

    def _requests(self, client: socket.socket, server: socket.socket) -> None:
        """Command by command. One that sends a message is answered here, as if it were done."""
        in_block = False
        with client.makefile("rb") as commands:
            while command := _command(commands):
                words, raw = command
                name = words[0].upper()
                in_block = name == b"MULTI" or (in_block and name not in (b"EXEC", b"DISCARD"))
                if self.raging and name == b"LPUSH" and not in_block and words[1] in self._keys:
                    self._decide(words[1], words[2])
                    client.sendall(b":1\r\n")
                else:
                    server.sendall(raw)

    def _decide(self, key: bytes, message: bytes) -> None:
        with self._changed:
            if self._random.random() < DROPPED:
                self.fates["dropped"] += 1
                return
            doubled = self._random.random() < DOUBLED
            self.fates["doubled"] += doubled
            for _ in range(1 + doubled):
                if self._random.random() < HELD_BACK:
                    self.fates["held back"] += 1
                    self._held.append((key, message))
                    continue
                late_s = self._random.choice((0, self._random.random() * LATE_S))
                self.fates["late"] += late_s > 0
                entry = (time.monotonic() + late_s, self.fates.total(), key, message)
                heapq.heappush(self._due, entry)
            self._changed.notify()

    def _deliver(self) -> None:
        while True:
            with self._changed:
                while self._open and (not self._due or self._due[0][0] > time.monotonic()):
                    left_s = self._due[0][0] - time.monotonic() if self._due else None
                    self._changed.wait(left_s)
                if not self._open:
                    return
                _, _, key, message = heapq.heappop(self._due)
            self._client.lpush(key, message)


def _command(stream: BinaryIO) -> tuple[list[bytes], bytes] | None:
    """The next command of a client: its words, and its bytes as they came. None at the end."""
    head = stream.readline()
    if not head:
        return None
    raw, words = [head], []
    for _ in range(int(head[1:])):
        size = stream.readline()
        word = stream.read(int(size[1:]) + 2)
        words.append(word[:-2])
        raw += [size, word]
    return words, b"".join(raw)
