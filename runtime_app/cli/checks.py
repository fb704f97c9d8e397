"""A check looks at one thing and says what it found, or what is wrong with the remedy."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from runtime_app.config import Config
from runtime_app.local.stack import StackState


@dataclass(frozen=True, slots=True)
class Subject:
    """What is looked at.

    Args:
        stack: the local stack whose settings these are; None for a deployment's environment.
        provider_keys: the keys of providers by name, where they are known here.
    """

    config: Config
    stack: StackState | None
    provider_keys: Mapping[str, str]


class Problem(Exception):
    """What is wrong, and what to do."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing to look at.

    Args:
        look: returns what it found, or raises `Problem`.
        after: the check without whose success this one says nothing.
    """

    name: str
    look: Callable[[Subject], str]
    after: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of a check; `ok` is None where nothing could be looked at."""

    name: str
    ok: bool | None
    says: str


def examined(subject: Subject, checks: Sequence[Check]) -> Iterator[Verdict]:
    """The verdicts, one by one, in order."""
    failed: set[str] = set()
    for check in checks:
        if check.after in failed:
            failed.add(check.name)
            yield Verdict(check.name, None, f"not looked at: see {check.after}")
            continue
        try:
            says = check.look(subject)
        except Problem as problem:
            failed.add(check.name)
            yield Verdict(check.name, False, str(problem))
        except Exception as error:  # noqa: BLE001 - a check that breaks must not hide the others
            failed.add(check.name)
            yield Verdict(
                check.name, False, f"cannot be looked at: {type(error).__name__}: {error}"
            )
        else:
            yield Verdict(check.name, True, says)
