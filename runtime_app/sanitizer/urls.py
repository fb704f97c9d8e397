"""Secrets in URLs: who logs in, and parameters that sign or grant."""

from runtime_app.sanitizer.engine import compiled
from runtime_app.sanitizer.extents import parameter, run_end
from runtime_app.sanitizer.hit import Verdict, found
from runtime_app.sanitizer.looks import mixed
from runtime_app.sanitizer.marker import is_marker

USERINFO = r"://[^\s/?#\"'<>\\]*@"
PARAMETERS = r"[?&#](?i:sig|signature|code|x-amz-[a-z-]{1,40})="
#: A plain user name, or a template that names what shall stand there.
_HARMLESS = compiled(r"[a-z][a-z_.-]{0,31}|(?:[A-Za-z_]*:)?[{\[<$(].*")
_MIN_CODE_CHARS = 8


def judge_userinfo(data: bytes, start: int, end: int, final: bool) -> Verdict:
    """What stands between `://` and the `@` before the host; a plain user name stays."""
    begin, at = start + 3, end - 1
    if end == len(data) and not final:
        return Verdict(end, open_at=begin)
    userinfo = data[begin:at]
    if not userinfo or is_marker(userinfo) or _HARMLESS.fullmatch(userinfo):
        return Verdict(end)
    return found(begin, at, "secret")


def judge_parameter(data: bytes, start: int, end: int, final: bool) -> Verdict:
    """`sig=`, `signature=`, `code=` and `X-Amz-…=` in a query or fragment."""
    value = parameter(data, end)
    if value.waits and not final:
        return Verdict(end, open_at=end)
    inner = data[value.start : value.stop]
    code = data[start + 1 : end - 1].lower() == b"code"
    if not inner or is_marker(inner) or (code and not _like_code(inner)):
        return Verdict(end)
    stop = run_end(data, value.stop) if value.cut else value.stop
    return found(value.start, stop, "secret")


def _like_code(value: bytes) -> bool:
    return len(value) >= _MIN_CODE_CHARS and mixed(value)
