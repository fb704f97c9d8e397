"""A URL by itself."""

import re
from urllib.parse import unquote_plus

from runtime_app.sanitizer.engine import raw
from runtime_app.sanitizer.keys import PseudonymKey
from runtime_app.sanitizer.looks import like_token
from runtime_app.sanitizer.marker import is_marker, marker
from runtime_app.sanitizer.names import Promise, promise
from runtime_app.sanitizer.profile import Profile
from runtime_app.sanitizer.redaction import redact

_PAIR = re.compile(r"(?P<mark>[?&#])(?P<name>[^?&#=]{1,128})=(?P<value>[^&#]+)")
_SIGNED = re.compile(r"(?i:sig|signature|x-amz-[a-z-]{1,40})")


def clean_url(url: str, profile: Profile, key: PseudonymKey) -> str:
    """A URL without userinfo and without the values of secret parameters.

    Beyond what is done to a URL within a text, names are percent-decoded.
    """
    return _PAIR.sub(lambda pair: _pair(pair, key), redact(url, profile, key))


def _pair(pair: re.Match[str], key: PseudonymKey) -> str:
    name, value = unquote_plus(pair["name"]), raw(pair["value"])
    promised = promise(name)
    secret = promised is Promise.SECRET or (promised is Promise.PERHAPS and like_token(value))
    if is_marker(value) or not (secret or _SIGNED.fullmatch(name)):
        return pair[0]
    return f"{pair['mark']}{pair['name']}={marker(key, 'secret', value)}"
