"""The artifact store behind a process of its own, for a process that gevent has patched.

The packages of clouds work with coroutines, which fsspec runs in a thread. Where gevent has made
threads greenlets, that loop is in its caller's own thread, and no call of it can be waited for. So
one child makes the calls, which nothing has patched. It is started with the first one, answers one
at a time, and ends with its parent; one that does not answer in time is killed, and the next call
starts another. The two talk over a pair of sockets, a line of JSON each way.
"""

import base64
import json
import os
import queue
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import IO, Any

from runtime_app.artifacts.store import ArtifactDamaged, ArtifactLost, ArtifactStore
from runtime_app.errors import Unavailable

ANSWERS_WITHIN_S = 10.0
_AWAY = "the artifact store cannot be used: "


class StoreApart:
    """An `ArtifactStore` whose calls block no other greenlet.

    Args:
        url: as of `ArtifactStore`.
        within_s: how long a call may take, and as long for its turn.

    The methods do and raise what those of `ArtifactStore` do; `Unavailable` as well when there was
    no answer in time.
    """

    def __init__(self, url: str, within_s: float = ANSWERS_WITHIN_S) -> None:
        self._url = url
        self._within_s = within_s
        self._turn = threading.Lock()
        self._child: _Child | None = None

    def put(self, folder: str, content: bytes) -> str:
        """Keep `content`; its name."""
        return str(self._asked("put", folder, base64.b64encode(content).decode()))

    def get(self, name: str) -> bytes:
        """The content of a file."""
        return base64.b64decode(self._asked("get", name))

    def names(self, folder: str) -> list[str]:
        """The names of all files in a folder and the folders in it, in their order."""
        return list(self._asked("names", folder))

    def close(self) -> None:
        """End the child, if there is one; the next call starts another."""
        child, self._child = self._child, None
        if child is not None:
            child.kill()

    def _asked(self, *words: str) -> Any:
        if not self._turn.acquire(timeout=self._within_s):
            raise Unavailable(f"{_AWAY}it is busy")
        try:
            answer = self._answer(words)
        finally:
            self._turn.release()
        if "problem" in answer:
            raise _PROBLEMS[answer["problem"]](answer["words"])
        return answer["found"]

    def _answer(self, words: tuple[str, ...]) -> dict[str, Any]:
        whole = False
        try:
            if self._child is None:
                self._child = _Child(self._url, self._within_s)
            answer = self._child.ask(words)
            whole = True
        except TimeoutError as error:
            raise Unavailable(f"{_AWAY}no answer within {self._within_s:g} s") from error
        except (OSError, EOFError) as error:
            raise Unavailable(f"{_AWAY}its process ended") from error
        finally:
            # Whatever cut a conversation short: the next one would read its answer.
            if not whole:
                self.close()
        return answer


class _Child:
    """The process, seen from its parent."""

    def __init__(self, url: str, within_s: float) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "runtime_app.artifacts.apart"],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
            )
        ours.settimeout(within_s)
        self._socket = ours
        self._lines = ours.makefile("rwb")
        self._say(url)

    def ask(self, words: tuple[str, ...]) -> dict[str, Any]:
        self._say(words)
        line = self._lines.readline()
        if not line.endswith(b"\n"):
            raise EOFError
        answer: dict[str, Any] = json.loads(line)
        return answer

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()
        self._socket.close()
        with suppress(OSError):  # what it has not taken
            self._lines.close()

    def _say(self, what: Any) -> None:
        self._lines.write(json.dumps(what).encode() + b"\n")
        self._lines.flush()


_PROBLEMS: Mapping[str, Callable[[str], Exception]] = {
    "lost": ArtifactLost,
    "damaged": ArtifactDamaged,
    "unavailable": Unavailable,
    "wrong": ValueError,
}


def main() -> None:
    """The child: does what its standard input asks for, until that ends.

    It goes at once then, also in the middle of a call.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to hear
    conversation = socket.socket(fileno=os.dup(0))
    conversation.setblocking(True)  # the parent's gevent has made it another
    lines = conversation.makefile("rwb")
    store = ArtifactStore(json.loads(lines.readline()))
    asked: queue.Queue[list[str]] = queue.Queue()
    threading.Thread(target=_serve, args=(store, asked, lines), daemon=True).start()
    for line in lines:
        asked.put(json.loads(line))
    os._exit(0)


def _serve(store: ArtifactStore, asked: "queue.Queue[list[str]]", lines: IO[bytes]) -> None:
    while True:
        answer = _done(store, *asked.get())
        lines.write(json.dumps(answer).encode() + b"\n")
        lines.flush()


def _done(store: ArtifactStore, act: str, *words: str) -> dict[str, Any]:
    try:
        match act:
            case "put":
                return {"found": store.put(words[0], base64.b64decode(words[1]))}
            case "get":
                return {"found": base64.b64encode(store.get(*words)).decode()}
            case _:
                return {"found": store.names(*words)}
    except ArtifactLost as problem:
        return {"problem": "lost", "words": str(problem)}
    except ArtifactDamaged as problem:
        return {"problem": "damaged", "words": str(problem)}
    except Unavailable as problem:
        return {"problem": "unavailable", "words": str(problem)}
    except ValueError as problem:
        return {"problem": "wrong", "words": str(problem)}


if __name__ == "__main__":
    main()
