"""A chat-completions server for tests."""

import json
import ssl
from collections.abc import Mapping
from typing import Any

from tests.support.model_server import Behaviour, ModelServer
from tests.support.openai_behaviours import BEHAVIOURS, unknown


class OpenAIServer(ModelServer):
    """Behaves as `openai_behaviours.BEHAVIOURS` says."""

    def __init__(
        self, behaviours: Mapping[str, Behaviour] = BEHAVIOURS, tls: ssl.SSLContext | None = None
    ) -> None:
        super().__init__(behaviours, unknown, _sse, "/v1", tls)


def _sse(chunk: Mapping[str, Any]) -> bytes:
    return b"data: " + json.dumps(chunk).encode() + b"\n\n"
