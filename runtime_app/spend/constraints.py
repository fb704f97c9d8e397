"""What an authorization's constraints say of what a call asks for. Deny beats allow; an allow list
that is there is complete."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

#: What is listed -> the reason code of what may not be used.
_LISTS = {
    "tools": "policy_denied.tool_not_allowed",
    "providers": "policy_denied.provider_not_allowed",
    "domains": "policy_denied.domain_not_allowed",
    "models": "policy_denied.model_not_allowed",
}
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True)
class Asked:
    """What a call is about; what is None is not asked about.

    Args:
        tool: its name.
        provider, model: `lnd`, `openai`; `provider/name`.
        domain: the host that is asked, lower case.
        fallback: whether it is a fallback of another provider's call.
    """

    tool: str | None = None
    provider: str | None = None
    domain: str | None = None
    model: str | None = None
    fallback: bool = False

    def named(self) -> dict[str, Any]:
        """It as JSON, without what is not asked about."""
        names = {
            "tool": self.tool,
            "provider": self.provider,
            "domain": self.domain,
            "model": self.model,
        }
        known: dict[str, Any] = {key: name for key, name in names.items() if name is not None}
        return known | ({"fallback": True} if self.fallback else {})


def judge(constraints: Mapping[str, Any], asked: Asked, at: datetime) -> str | None:
    """The reason code of the first constraint that forbids it, or None.

    Args:
        constraints: as `docs/SPEND.md` describes them; checked when the authorization was made.
        at: the database's time, with a zone.
    """
    wanted = {
        "tools": asked.tool,
        "providers": asked.provider,
        "domains": asked.domain,
        "models": asked.model,
    }
    for listed, reason in _LISTS.items():
        name = wanted[listed]
        if name is not None and not _listed(constraints.get(listed, {}), name, listed):
            return reason
    if asked.fallback and constraints.get("allow_fallback") is False:
        return "policy_denied.fallback_not_allowed"
    windows = constraints.get("windows")
    if windows is not None and not any(_within(window, at) for window in windows):
        return "policy_denied.outside_time_window"
    return None


def _listed(rule: Mapping[str, Sequence[str]], name: str, listed: str) -> bool:
    matches = _domain if listed == "domains" else str.__eq__
    if any(matches(entry, name) for entry in rule.get("deny", ())):
        return False
    return "allow" not in rule or any(matches(entry, name) for entry in rule["allow"])


def _domain(entry: str, name: str) -> bool:
    """`example.com` is that host, `*.example.com` every host below it."""
    return name.endswith(entry[1:]) if entry.startswith("*.") else name == entry


def _within(window: Mapping[str, Any], at: datetime) -> bool:
    """Whether `at` is in it: from its minute on, before its end; it may go over midnight."""
    local = at.astimezone(ZoneInfo(window["zone"]))
    begin, end = time.fromisoformat(window["from"]), time.fromisoformat(window["to"])
    now, day = local.time().replace(tzinfo=None), local.weekday()
    if begin < end:
        inside = begin <= now < end
    else:
        inside = now >= begin or now < end
        day = (day - 1) % 7 if now < end else day
    return inside and ("days" not in window or _DAYS[day] in window["days"])
