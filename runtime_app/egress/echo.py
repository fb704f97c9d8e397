"""A credential that a server sends back is not passed on."""

import base64
import json
from collections.abc import Sequence
from urllib.parse import quote, quote_plus

from runtime_app.egress.secret import Secret

MARK = "[redacted:credential]"
_MIN_WORD = 8


def without(text: str, secrets: Sequence[Secret]) -> str:
    """`text` with the secrets replaced: plain, URL-encoded, in base64 and as JSON escapes them.

    A secret of several words, such as `Bearer …`, is looked for as a whole and word by word.
    """
    words = {
        word
        for secret in secrets
        for word in (secret.reveal(), *secret.reveal().split())
        if len(word) >= _MIN_WORD
    }
    forms = {form for word in words for form in _forms(word)}
    for form in sorted(forms, key=lambda each: (-len(each), each)):
        text = text.replace(form, MARK)
    return text


def _forms(word: str) -> Sequence[str]:
    raw = word.encode()
    return (
        word,
        quote(word, safe=""),
        quote_plus(word),
        json.dumps(word)[1:-1],
        base64.b64encode(raw).decode().rstrip("="),
        base64.urlsafe_b64encode(raw).decode().rstrip("="),
    )
