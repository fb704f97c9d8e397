"""A server of Anthropic's messages protocol for tests."""

import json
from collections.abc import Mapping
from typing import Any

from tests.support.anthropic_behaviours import BEHAVIOURS, unknown
from tests.support.model_server import ModelServer


class AnthropicServer(ModelServer):
    """Behaves as `anthropic_behaviours.BEHAVIOURS` says."""

    def __init__(self) -> None:
        super().__init__(BEHAVIOURS, unknown, _sse)


def _sse(chunk: Mapping[str, Any]) -> bytes:
    return f"event: {chunk['type']}\ndata: {json.dumps(chunk)}\n\n".encode()
