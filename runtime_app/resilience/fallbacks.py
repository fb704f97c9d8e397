"""Which model is asked instead, as the settings say."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

MOST_HOPS = 2


@dataclass(frozen=True, slots=True)
class Fallbacks:
    """Model ids, or providers, to the model ids that stand in for them, in order.

    A model's own row goes before that of its provider.
    """

    rows: Mapping[str, tuple[str, ...]]

    @classmethod
    def parse(cls, text: str) -> Self:
        """`openai/gpt-x=anthropic/claude-y|scripted/echo,anthropic=openai/gpt-x`.

        Raises:
            ValueError: with the remedy.
        """
        rows: dict[str, tuple[str, ...]] = {}
        for row in filter(None, (row.strip() for row in text.split(","))):
            source, found, targets = row.partition("=")
            models = tuple(target.strip() for target in targets.split("|"))
            if not found or not source.strip() or not all("/" in model for model in models):
                raise ValueError("must be model=provider/model, with | before a second one")
            if len(models) > MOST_HOPS:
                raise ValueError(f"must name at most {MOST_HOPS} models for {source.strip()}")
            if source.strip() in rows:
                raise ValueError(f"has two rows for {source.strip()}")
            rows[source.strip()] = models
        return cls(rows)

    def after(self, model_id: str, asked: str = "") -> tuple[str, ...]:
        """Who may still stand in for `model_id`, in order.

        Args:
            asked: who of them was asked last; empty where nobody was.
        """
        chain = self.rows.get(model_id) or self.rows.get(model_id.partition("/")[0], ())
        if asked in chain:
            chain = chain[chain.index(asked) + 1 :]
        return tuple(each for each in chain if each != model_id)


NO_FALLBACK = Fallbacks({})
