"""What a caller's code can notice of the document, as one hash."""

import hashlib
import json
from typing import Any

#: Said to people; whatever happens to them changes nothing for a program.
_WORDS = ("info", "tags", "title", "summary", "description", "examples")


def fingerprint(document: dict[str, Any]) -> str:
    """SHA-256 (hex) over the document without its words, in whatever order its keys stand."""
    text = json.dumps(_wordless(document), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _wordless(value: Any, *, named: bool = False) -> Any:
    """`named`: the keys are names of fields, of which one may be called `title`."""
    if isinstance(value, list):
        return [_wordless(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        key: _wordless(item, named=key == "properties" and not named)
        for key, item in value.items()
        if named or key not in _WORDS
    }
