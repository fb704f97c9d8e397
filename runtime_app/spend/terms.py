"""The terms of a budget, as they are given once and for good."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from runtime_app.canonical import stable_hash
from runtime_app.clock import rfc3339
from runtime_app.errors import Detail, InvalidRequest
from runtime_app.spend.reservation import MAINTENANCE

UNITS = ("msat", "usd_micros")
MODES = ("deny", "interactive", "delegated_budget_with_threshold", "delegated_budget")
SCOPES = ("run", "thread", "autopilot", "owner")
COVERS = ("settlement", "models")
ON_EXHAUSTED = ("continue", "terminate")
#: What canonical JSON holds exactly.
MOST = 2**53 - 1
MAX_DAYS = 90
_LISTED = ("tools", "providers", "domains", "models")
_DAYS = frozenset({"mon", "tue", "wed", "thu", "fri", "sat", "sun"})
_CONSTRAINTS = (*_LISTED, "windows", "allow_fallback", "max_unknown")
_WITH_THRESHOLD = "delegated_budget_with_threshold"


@dataclass(frozen=True, slots=True)
class Terms:
    """What may be spent, on what, until when.

    Args:
        owner_key: `user:42`, `guest:…`, or `system:maintenance` for the runtime's own work.
        scope_id: the id of the run, thread or autopilot; of scope `owner` the owner_key.
        covers: of `COVERS`.
        max_total, max_per_call, max_per_day, threshold: in the smallest part of `unit`,
            0 .. 2^53 - 1; threshold with the mode that has one, and with no other.
        constraints: `tools`, `providers`, `domains`, `models`, each `{allow?, deny?}`; `windows`,
            each `{zone, from, to, days?}`; `allow_fallback`; `max_unknown`.
        expires_at: at most 90 days from now.
    """

    owner_key: str
    scope_kind: str
    scope_id: str
    mode: str
    unit: str
    covers: tuple[str, ...]
    max_total: int
    max_per_call: int
    expires_at: datetime
    max_per_day: int | None = None
    threshold: int | None = None
    constraints: Mapping[str, Any] | None = None
    on_exhausted: str = "continue"

    @property
    def payer_type(self) -> str:
        """Who pays, as the books call it."""
        if self.owner_key == MAINTENANCE:
            return "system"
        return "autopilot" if self.scope_kind == "autopilot" else "user"

    @property
    def max_unknown(self) -> int:
        """Unproven outcomes at which nothing more is begun."""
        return int((self.constraints or {}).get("max_unknown", 3))

    @property
    def terms_hash(self) -> str:
        """sha256 of the canonical text of all terms."""
        named = {each.name: getattr(self, each.name) for each in fields(self)}
        plain = named | {"covers": list(self.covers), "expires_at": rfc3339(self.expires_at)}
        return stable_hash(plain | {"constraints": dict(self.constraints or {})})

    def check(self, now: datetime) -> None:
        """Refuse terms that cannot be kept.

        Raises:
            InvalidRequest: each field that is wrong, with its remedy.
        """
        wrong = [*self._words(), *self._amounts(), *self._constraints()]
        if not now < self.expires_at <= now + timedelta(days=MAX_DAYS):
            wrong.append(Detail("expires_at", f"must be within {MAX_DAYS} days from now"))
        if wrong:
            named = "; ".join(f"{each.field} {each.message}" for each in wrong)
            raise InvalidRequest(f"these are no terms of a budget: {named}", wrong)

    def _words(self) -> list[Detail]:
        given = {
            "scope_kind": (self.scope_kind, SCOPES),
            "mode": (self.mode, MODES),
            "unit": (self.unit, UNITS),
            "on_exhausted": (self.on_exhausted, ON_EXHAUSTED),
        }
        wrong = [
            Detail(field, f"must be one of {', '.join(known)}")
            for field, (value, known) in given.items()
            if value not in known
        ]
        if not self.covers or not set(self.covers) <= set(COVERS):
            wrong.append(Detail("covers", f"must be some of {', '.join(COVERS)}"))
        if not self.owner_key.startswith(("user:", "guest:")) and self.owner_key != MAINTENANCE:
            wrong.append(Detail("owner_key", f"must be user:N, guest:… or {MAINTENANCE}"))
        if not self.scope_id or (self.scope_kind == "owner" and self.scope_id != self.owner_key):
            wrong.append(Detail("scope_id", "must name the scope; of an owner, the owner_key"))
        return wrong

    def _amounts(self) -> list[Detail]:
        wrong = [
            Detail(field, f"must be 0 to {MOST}")
            for field in ("max_total", "max_per_call", "max_per_day", "threshold")
            if (amount := getattr(self, field)) is not None and not 0 <= amount <= MOST
        ]
        if (self.threshold is not None) != (self.mode == _WITH_THRESHOLD):
            wrong.append(Detail("threshold", f"belongs to the mode {_WITH_THRESHOLD} only"))
        return wrong

    def _constraints(self) -> list[Detail]:
        wrong = []
        for name, value in (self.constraints or {}).items():
            problem = _problem(name, value)
            if problem is not None:
                wrong.append(Detail(f"constraints.{name}", problem))
        return wrong


def _problem(name: str, value: Any) -> str | None:
    if name in _LISTED:
        lists = isinstance(value, Mapping) and bool(value) and value.keys() <= {"allow", "deny"}
        if not lists or not all(_texts(entries) for entries in value.values()):
            return "must be {allow?, deny?}, each a list of texts"
    elif name == "windows":
        if not isinstance(value, list) or not value or not all(map(_is_window, value)):
            return 'must be a list of {zone, from: "09:00", to: "17:00", days?: ["mon", …]}'
    elif name == "allow_fallback":
        return None if isinstance(value, bool) else "must be true or false"
    elif name == "max_unknown":
        whole = isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 1000
        return None if whole else "must be 1 to 1000"
    else:
        return f"is no constraint; there are {', '.join(_CONSTRAINTS)}"
    return None


def _texts(entries: Any) -> bool:
    return isinstance(entries, list) and all(isinstance(each, str) and each for each in entries)


def _is_window(value: Any) -> bool:
    if not isinstance(value, Mapping) or not {"zone", "from", "to"} <= value.keys():
        return False
    try:
        ZoneInfo(value["zone"])
        times = [time.fromisoformat(value[end]) for end in ("from", "to")]
        days = set(value.get("days", _DAYS))
    except (ValueError, TypeError, KeyError, OSError):
        return False
    return bool(days) and days <= _DAYS and all(each.tzinfo is None for each in times)
