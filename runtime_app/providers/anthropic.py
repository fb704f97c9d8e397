"""Anthropic, or any server that speaks its messages protocol."""

from functools import partial
from types import ModuleType
from typing import Any

from runtime_app.providers.anthropic_answer import AnthropicAnswer
from runtime_app.providers.anthropic_codes import CODES
from runtime_app.providers.anthropic_request import DEFAULT_OUTPUT_TOKENS, request_body
from runtime_app.providers.dialect import Dialect
from runtime_app.providers.provider import ModelRequest
from runtime_app.providers.tool_names import own_names


def messages(output_tokens: int = DEFAULT_OUTPUT_TOKENS) -> Dialect:
    """The dialect of a base URL without a version: `https://api.anthropic.com`.

    Args:
        output_tokens: the bound on an answer whose request has none; the protocol wants a number.
    """
    return Dialect(
        sdk=_sdk,
        client=_client,
        path="/v1/messages",
        models_path="/v1/models",
        codes=CODES,
        body=partial(request_body, output_tokens=output_tokens),
        answer=_answer,
    )


def _sdk() -> ModuleType:
    import anthropic

    return anthropic


def _client(**arguments: Any) -> Any:
    client = _sdk().Anthropic(**arguments)
    # What ANTHROPIC_CUSTOM_HEADERS says, the SDK would tell to any server.
    client._custom_headers = {}
    return client


def _answer(request: ModelRequest) -> AnthropicAnswer:
    return AnthropicAnswer(own_names(request.tools))
