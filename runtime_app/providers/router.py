"""From a model id to the provider that answers it."""

from collections.abc import Mapping

from runtime_app.providers.errors import ProviderError
from runtime_app.providers.outcome import Outcome
from runtime_app.providers.provider import ModelProvider


class Providers:
    """The providers this process has, by name.

    Args:
        table: name to provider; the name is the part of a model id before its first slash.
    """

    def __init__(self, table: Mapping[str, ModelProvider]) -> None:
        self._table = dict(table)

    @property
    def names(self) -> tuple[str, ...]:
        """The known providers, in alphabetical order."""
        return tuple(sorted(self._table))

    def resolve(self, model_id: str) -> tuple[ModelProvider, str]:
        """The provider of `model_id` and the model's name there: `openai/a/b` is `a/b` at openai.

        Raises:
            ProviderError: caller_fault; the id has no such form, or names no known provider.
        """
        name, slash, model = model_id.partition("/")
        if not (name and slash and model):
            raise ProviderError(
                Outcome.CALLER_FAULT, f"expected a model id like provider/model, found {model_id!r}"
            )
        provider = self._table.get(name)
        if provider is None:
            known = ", ".join(self.names) or "none"
            raise ProviderError(
                Outcome.CALLER_FAULT,
                f"expected one of the providers {known}; found {name!r} in {model_id!r}",
            )
        return provider, model
