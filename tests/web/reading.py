"""A stream as its bytes: the comments and ids that an SSE reader hides."""

from collections.abc import Mapping
from dataclasses import dataclass

import requests

from tests.support import contract
from tests.support.api import Api

Run = tuple[str, str]


@dataclass(frozen=True)
class Block:
    """What stands between two blank lines."""

    fields: tuple[tuple[str, str], ...]

    def get(self, name: str) -> str | None:
        """The value of a field, None when it is not there; a comment's name is empty."""
        return dict(self.fields).get(name)


def open_stream(
    api: Api, run: Run, query: str = "", headers: Mapping[str, str | None] | None = None
) -> requests.Response:
    """GET the stream, headers read, body still to come."""
    run_id, thread_id = run
    path = f"/runs/{run_id}/stream?thread_id={thread_id}{query}"
    return api.send("GET", path, run_id=run_id, thread_id=thread_id, headers=headers, stream=True)


def blocks(
    api: Api, run: Run, query: str = "", headers: Mapping[str, str | None] | None = None
) -> list[Block]:
    """The whole stream, block by block."""
    with open_stream(api, run, query, headers) as response:
        assert response.status_code == 200, response.text
        contract.conforms(response)
        return parsed(response.content.decode())


def parsed(text: str) -> list[Block]:
    """The blocks of a stream's text, which must end with one."""
    assert text.endswith("\n\n")
    return [
        Block(tuple(_field(line) for line in block.split("\n")))
        for block in text.removesuffix("\n\n").split("\n\n")
    ]


def comments(found: list[Block]) -> list[str]:
    """The comments, in order."""
    return [text for block in found if (text := block.get("")) is not None]


def data(found: list[Block]) -> list[str]:
    """The data lines, in order."""
    return [text for block in found if (text := block.get("data")) is not None]


def ids(found: list[Block]) -> list[int]:
    """The ids, in order."""
    return [int(text) for block in found if (text := block.get("id")) is not None]


def _field(line: str) -> tuple[str, str]:
    name, _, value = line.partition(":")
    return name, value.removeprefix(" ")
