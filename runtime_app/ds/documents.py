"""The long fields of one call as documents, read in parts: no network, no spend, bounded."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from runtime_app.canonical import canonical

#: A field of at most so many characters stands in the prompt.
IN_PROMPT_CHARS = 4_000
MOST_SQL = 12
MOST_RESULT_CHARS = 16_000
_HEAD, _TAIL, _HIT, _SLICE, _HITS = 400, 200, 240, 2_000, 5


@dataclass(slots=True)
class Documents:
    """Of one call; remembers what was read.

    Args:
        texts: the long fields by name; a list is a line of canonical JSON for each item.
    """

    texts: Mapping[str, str]
    queries: int = 0
    result_chars: int = 0
    _read: list[tuple[str, int, int]] = field(default_factory=list)

    @classmethod
    def of(cls, params: Mapping[str, Any], names: tuple[str, ...]) -> "Documents":
        """Those of a call's params. What is short enough for the prompt counts as read."""
        made = cls({name: _text(params[name]) for name in names})
        for name, text in made.texts.items():
            if len(text) <= IN_PROMPT_CHARS:
                made._read.append((name, 0, len(text)))
        return made

    @property
    def long(self) -> tuple[str, ...]:
        """The names of those that do not stand in the prompt."""
        return tuple(name for name, text in self.texts.items() if len(text) > IN_PROMPT_CHARS)

    def index(self) -> list[dict[str, Any]]:
        """What the model is told of them instead."""
        return [
            {
                "doc": name,
                "length": len(self.texts[name]),
                "lines": self.texts[name].count("\n") + 1,
            }
            for name in self.long
        ]

    def text(self, doc: str, start: int, end: int) -> str:
        """The characters from `start` to before `end`."""
        return self.texts.get(doc, "")[start:end]

    def was_read(self, doc: str, start: int, end: int) -> bool:
        """Whether all of that place was shown in one piece."""
        return start < end and any(
            name == doc and first <= start and end <= last for name, first, last in self._read
        )

    def ask(self, query: Mapping[str, Any]) -> dict[str, Any]:
        """The result of one query, or what is wrong with it; both count against the limits."""
        if self.queries >= MOST_SQL or self.result_chars >= MOST_RESULT_CHARS:
            return {"error": "no more queries in this call: finalize with what you have"}
        self.queries += 1
        doc = query.get("doc")
        if doc not in self.texts:
            return {"error": f"doc: expected one of {', '.join(self.texts)}"}
        result = self._answer(str(doc), query)
        self.result_chars += len(canonical(result))
        return result

    def _answer(self, doc: str, query: Mapping[str, Any]) -> dict[str, Any]:
        text = self.texts[doc]
        match query.get("tool"):
            case "peek":
                tail = max(_HEAD, len(text) - _TAIL)
                return {
                    "length": len(text),
                    "first": self._shown(doc, 0, _HEAD),
                    "last": self._shown(doc, tail, len(text)),
                }
            case "slice":
                start = _whole(query.get("start"), 0)
                end = min(_whole(query.get("end"), 0), start + _SLICE)
                return {"start": start, "text": self._shown(doc, start, end)}
            case "search":
                return {"hits": self._hits(doc, str(query.get("text", "")), query)}
        return {"error": "tool: expected peek, search or slice"}

    def _hits(self, doc: str, wanted: str, query: Mapping[str, Any]) -> list[dict[str, Any]]:
        if not wanted:
            return []
        text, found = self.texts[doc].lower(), list[dict[str, Any]]()
        most, at = min(max(1, _whole(query.get("k"), _HITS)), _HITS), -1
        while len(found) < most:
            at = text.find(wanted.lower(), at + 1)
            if at < 0:
                break
            start = max(0, at - (_HIT - len(wanted)) // 2) if len(wanted) < _HIT else at
            found.append({"at": at, "start": start, "text": self._shown(doc, start, start + _HIT)})
            at = start + _HIT
        return found

    def _shown(self, doc: str, start: int, end: int) -> str:
        """Also cut to what is left of the limit."""
        end = min(end, len(self.texts[doc]), start + MOST_RESULT_CHARS - self.result_chars)
        if start >= end:
            return ""
        self._read.append((doc, start, end))
        return self.texts[doc][start:end]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else "\n".join(map(canonical, value))


def _whole(value: Any, otherwise: int) -> int:
    return value if type(value) is int and value >= 0 else otherwise
