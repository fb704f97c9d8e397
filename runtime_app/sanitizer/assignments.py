"""`name=value` and `name: value` in text, where the name is that of a secret."""

from runtime_app.sanitizer.engine import compiled
from runtime_app.sanitizer.extents import Extent, extent, parameter, run_end
from runtime_app.sanitizer.hit import Verdict, found
from runtime_app.sanitizer.looks import like_secret, like_token, mixed
from runtime_app.sanitizer.marker import is_marker, marker_end
from runtime_app.sanitizer.names import Promise, promise

#: The last words that promise a secret, as they end a name in text.
LAST_WORDS = (
    r"(?:passwords?|passwd|passphrases?|secrets?|credentials?|cookies?|authorization|macaroons?"
    r"|preimages?|mnemonics?|nsec|xprv|jwts?|token"
    r"|(?:access|refresh|id|auth|bearer|api|bot|csrf)[_. -]?tokens"
    r"|(?:api|private|secret|signing|encryption|account|access)[_. -]?keys?"
    r"|seed[_. -]?phrases?|(?:db|user|smtp|mail|redis|mysql|postgres)[_. -]?pass"
    r"|x[_-]oa[_-]runtime[_-]signature|secret[_-]key[_-]base)(?:[_.-]?[0-9]{1,3})?"
)
_OPTION = rf"--(?:[a-z0-9]{{1,20}}[-_.]){{0,4}}{LAST_WORDS}"
_SPACE = r"(?:\\t|[ \t])"
_SEPARATOR = r"(?:=>|:=|==|[:=]|%3[dD])"
SOURCE = (
    rf"(?i:{LAST_WORDS})(?:\\{{0,4}}[\"'])?\]?{_SPACE}{{0,4}}{_SEPARATOR}{_SPACE}{{0,8}}"
    rf"|(?i:{_OPTION})[ \t]{{1,4}}"
)
_NAME = compiled(rf"(?i:{_OPTION}|{LAST_WORDS})")
_BEFORE = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-"
_MAX_BEFORE = 64


class Assignments:
    """The judge of one text; it remembers how far it has looked in vain."""

    def __init__(self) -> None:
        self._dull_until = 0

    def judge(self, data: bytes, start: int, end: int, final: bool) -> Verdict:
        """A name with its separator, from `start` to `end`."""
        begin, name = _name(data, start)
        promised = promise(name)
        if promised is Promise.NOTHING:
            return Verdict(end)
        skip = marker_end(data, end)
        if skip is not None:
            return Verdict(skip)
        in_url = data[end - 1 : end] == b"=" and data[max(0, begin - 1) : begin] in _QUERY
        if end < self._dull_until and not (in_url and promised is Promise.SECRET):
            return Verdict(end)
        value = parameter(data, end) if in_url else extent(data, end, name, final)
        if value.waits and not final:
            return Verdict(end, open_at=end)
        inner = data[value.start : value.stop]
        if not is_marker(inner) and _is_secret(inner, value, name, promised, in_url):
            stop = run_end(data, value.stop) if value.cut else value.stop
            return found(value.start, stop, "secret")
        if not value.shut and not mixed(inner):
            self._dull_until = value.stop
        return Verdict(end)


_QUERY = (b"?", b"&", b"#")


def _name(data: bytes, start: int) -> tuple[int, str]:
    """Where the name begins that ends with the words found at `start`, and the name."""
    end = _NAME.match(data, start).end()
    before = data[max(0, start - _MAX_BEFORE) : start]
    begin = start - len(before) + len(before.rstrip(_BEFORE))
    wide = begin
    if data[begin:end].lower() == b"token" and data[begin - 1 : begin] == b" ":
        wide = data.rfind(b" ", max(0, begin - _MAX_BEFORE), begin - 1) + 1
    return begin, data[wide:end].decode("ascii", "replace")


def _is_secret(inner: bytes, value: Extent, name: str, promised: Promise, in_url: bool) -> bool:
    if not inner:
        return False
    if promised is Promise.PERHAPS:
        return like_token(inner)
    if in_url or value.certain:
        return True
    counts = name.lower().endswith("s") and inner.isdigit()
    return like_secret(inner) and not counts
