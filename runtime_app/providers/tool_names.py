"""Tool names in the words of model APIs, which know no dots."""

import re
from collections.abc import Iterable, Mapping

from runtime_app.providers.provider import ToolDefinition

_FOREIGN = re.compile(r"[^A-Za-z0-9_-]")


def sent_name(name: str) -> str:
    """`http.get` as `http_get`."""
    return _FOREIGN.sub("_", name)


def own_names(tools: Iterable[ToolDefinition]) -> Mapping[str, str]:
    """From the names that were sent back to the tools' own."""
    return {sent_name(tool.name): tool.name for tool in tools}
