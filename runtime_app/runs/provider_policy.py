"""Which providers and models a run may use, and whether it may be answered by another one: pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from runtime_app.errors import InvalidRequest

_FIELD = "provider_policy"


@dataclass(frozen=True, slots=True)
class Names:
    """What is allowed of something; `deny` wins, and None allows all that is not denied."""

    allow: frozenset[str] | None = None
    deny: frozenset[str] = frozenset()

    def has(self, name: str) -> bool:
        """Whether `name` is allowed."""
        return name not in self.deny and (self.allow is None or name in self.allow)

    @classmethod
    def from_json(cls, given: Mapping[str, Any] | None) -> "Names":
        """As a request and a log have them."""
        given = given or {}
        allow = given.get("allow")
        return cls(None if allow is None else frozenset(allow), frozenset(given.get("deny", ())))


@dataclass(frozen=True, slots=True)
class ProviderPolicy:
    """Of one run.

    Args:
        allow_fallback: whether another provider may answer where its own does not.
        providers: by name, `openai`.
        models: by id, `openai/gpt-x`.
    """

    allow_fallback: bool = True
    providers: Names = Names()
    models: Names = Names()

    @classmethod
    def from_json(cls, given: Mapping[str, Any] | None) -> "ProviderPolicy":
        """As a request and a log have it; None allows everything."""
        given = given or {}
        return cls(
            given.get("allow_fallback", True),
            Names.from_json(given.get("providers")),
            Names.from_json(given.get("models")),
        )

    def allows(self, model_id: str) -> bool:
        """Whether the run may use that model, `provider/name`."""
        return self.providers.has(model_id.partition("/")[0]) and self.models.has(model_id)

    def check(self, model_id: str) -> None:
        """Hold the policy against the model that the run begins with.

        Raises:
            InvalidRequest: it does not allow that, or names something that is no provider or model.
        """
        for names, what, slash in (
            (self.providers, "providers", False),
            (self.models, "models", True),
        ):
            for name in sorted((names.allow or frozenset()) | names.deny):
                if ("/" in name) is not slash:
                    form = "provider/name" if slash else "a provider's name alone"
                    raise InvalidRequest.field(
                        f"{_FIELD}.{what}", f"must have {form} in each entry, not {name!r}"
                    )
        if not self.allows(model_id):
            raise InvalidRequest.field(
                _FIELD, f"does not allow the model that the run begins with, {model_id!r}"
            )
