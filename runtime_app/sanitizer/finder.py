"""Finds the secrets in a text: one scan for how they begin, a judge for each kind of beginning."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from runtime_app.sanitizer import (
    assignments,
    cards,
    emails,
    ibans,
    marker,
    phones,
    schemes,
    shapes,
    urls,
)
from runtime_app.sanitizer.assignments import Assignments
from runtime_app.sanitizer.engine import compiled
from runtime_app.sanitizer.hit import Hit, Verdict
from runtime_app.sanitizer.limits import Budget
from runtime_app.sanitizer.prefixes import ALTERNATIVES
from runtime_app.sanitizer.profile import Profile

Judge = Callable[[bytes, int, int, bool], Verdict]

#: A value may begin where a word does, and behind what an escape or a terminal's colour leaves.
LEFT = r"(?:\b|\\[nrtbf]|\\u[0-9A-Fa-f]{4}|%[0-9A-Fa-f]{2}|\x1b\[[0-9;]{0,16}m)"


def _skip(data: bytes, start: int, end: int, final: bool) -> Verdict:
    return Verdict(end)


#: How each kind begins, in the order in which they are tried, and who judges it. None: by name.
_SECRETS: tuple[tuple[str, Judge | None], ...] = (
    (rf"({marker.SOURCE})", _skip),
    (rf"{LEFT}({ALTERNATIVES})", shapes.judge_prefix),
    (rf"{LEFT}(eyJ)", shapes.judge_jwt),
    (r"(-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----)", shapes.judge_pem),
    (rf"({assignments.SOURCE})", None),
    (rf"{LEFT}({schemes.SOURCE})", schemes.judge_scheme),
    (rf"({urls.PARAMETERS})", urls.judge_parameter),
    (rf"({urls.USERINFO})", urls.judge_userinfo),
)
_PERSONAL: tuple[tuple[str, Judge | None], ...] = (
    (rf"({emails.SOURCE})", emails.judge),
    (rf"({phones.SOURCE})", phones.judge),
    (rf"({cards.SOURCE})", cards.judge),
    (rf"({ibans.SOURCE})", ibans.judge),
)
_RULES = {Profile.SECRETS: _SECRETS, Profile.PRIVATE: _SECRETS + _PERSONAL}
_HEADS = {
    profile: compiled("|".join(source for source, _ in rules)) for profile, rules in _RULES.items()
}


@dataclass(frozen=True, slots=True)
class Findings:
    """The secrets of a text, in order, and where the undecided rest begins (None: all decided)."""

    hits: list[Hit]
    open_at: int | None = None


def find(
    data: bytes, profile: Profile, budget: Budget, start: int = 0, *, final: bool = True
) -> Findings:
    """The secrets in `data` from `start` on; what stands before is looked at as context.

    Args:
        final: the text ends here. Else a secret that reaches the end is left undecided.

    Raises:
        TooManyCandidates: more places to judge than the budget has left.
    """
    heads, rules = _HEADS[profile], _RULES[profile]
    by_name = Assignments()
    hits: list[Hit] = []
    at = start
    while (match := heads.search(data, at)) is not None:
        budget.spend()
        index, begin, end = _group(match, len(rules))
        judge = rules[index][1] or by_name.judge
        verdict = judge(data, begin, end, final)
        decided = hits[-1].end if hits else start
        verdict = _behind(decided, begin, verdict)
        if verdict.open_at is not None:
            return Findings(hits, verdict.open_at)
        if verdict.hit is not None:
            hits.append(_named(data, verdict.hit))
        at = verdict.resume
    return Findings(hits)


def _behind(decided: int, begin: int, verdict: Verdict) -> Verdict:
    """A judge that looks back from `begin` has what lies behind the last secret, and no more."""
    hit, open_at = verdict.hit, verdict.open_at
    if hit is not None and hit.start < decided:
        hit = hit._replace(start=decided) if decided < begin else None
    if open_at is not None and open_at < decided:
        open_at = decided if decided < begin else None
    return Verdict(verdict.resume, hit, open_at)


def _group(match: Any, count: int) -> tuple[int, int, int]:
    for index in range(count):
        begin, end = match.span(index + 1)
        if begin >= 0:
            return index, begin, end
    raise AssertionError("no alternative has matched")


_OWN = compiled(rf"({ALTERNATIVES})|(eyJ)")


def _named(data: bytes, hit: Hit) -> Hit:
    """A value that was found by its place has the kind that its shape gives it, if it has one."""
    if hit.kind != "secret":
        return hit
    value = data[hit.start : hit.end]
    own = _OWN.match(value)
    if own is None:
        return hit
    judge = shapes.judge_jwt if own.group(2) else shapes.judge_prefix
    shaped = judge(value, 0, own.end(), True).hit
    if shaped is None or (shaped.start, shaped.end) != (0, len(value)):
        return hit
    return Hit(hit.start, hit.end, shaped.kind)
