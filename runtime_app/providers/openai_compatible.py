"""Any server that speaks OpenAI's chat completions: OpenAI itself, vLLM, Ollama and others."""

from functools import partial
from types import ModuleType
from typing import Any

from runtime_app.providers.dialect import Dialect
from runtime_app.providers.openai_answer import OpenAIAnswer
from runtime_app.providers.openai_codes import CODES
from runtime_app.providers.openai_request import OutputLimitField, request_body
from runtime_app.providers.provider import ModelRequest
from runtime_app.providers.tool_names import own_names


def chat_completions(output_limit_field: OutputLimitField = "max_completion_tokens") -> Dialect:
    """The dialect of a base URL that ends with its version: `http://localhost:8000/v1`.

    Args:
        output_limit_field: what the server calls the bound on an answer; older servers know only
            `max_tokens`.
    """
    return Dialect(
        sdk=_sdk,
        client=_client,
        path="/chat/completions",
        models_path="/models",
        codes=CODES,
        body=partial(request_body, output_limit_field=output_limit_field),
        answer=_answer,
    )


def _sdk() -> ModuleType:
    import openai

    return openai


def _client(**arguments: Any) -> Any:
    client = _sdk().OpenAI(**arguments)
    # The SDK takes these two from the environment, and would tell them to any server.
    client.organization = None
    client.project = None
    return client


def _answer(request: ModelRequest) -> OpenAIAnswer:
    return OpenAIAnswer(own_names(request.tools))
