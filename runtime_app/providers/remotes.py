"""The providers behind HTTP that this release knows, by name, and what each is set with."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from runtime_app.egress.proxy import Proxy
from runtime_app.providers import anthropic, openai_compatible
from runtime_app.providers.dialect import Dialect
from runtime_app.providers.endpoint import Endpoint


@dataclass(frozen=True, slots=True)
class Remote:
    """One row.

    Args:
        key_setting, url_setting: the names of its settings.
        usual_model: answers runs that name no model, where its key is the first that is set.
    """

    dialect: Callable[[], Dialect]
    key_setting: str
    url_setting: str
    usual_model: str


REMOTES: Mapping[str, Remote] = {
    "openai": Remote(
        openai_compatible.chat_completions,
        "OPENAI_API_KEY",
        "OPENAI_BASE_URL",
        "openai/gpt-4o-mini",
    ),
    "anthropic": Remote(
        anthropic.messages,
        "ANTHROPIC_API_KEY",
        "ANTHROPIC_BASE_URL",
        "anthropic/claude-haiku-4-5",
    ),
}


@dataclass(frozen=True, slots=True)
class RemoteSettings:
    """Where one of them is called, and with which key; without one it is not there."""

    name: str
    base_url: str
    api_key: str = field(repr=False)

    def endpoint(self, proxy: Proxy | None) -> Endpoint:
        """Where it is called; through `proxy`, where its address is https."""
        dialect = REMOTES[self.name].dialect()
        return Endpoint(dialect, self.base_url, self.api_key, proxy=proxy)
