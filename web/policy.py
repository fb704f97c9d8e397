"""What a route demands of its caller; a route without a policy keeps the service from starting."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any, TypeVar

from flask import Flask

from runtime_app.security.key_ring import SCOPES

_ATTRIBUTE = "oa_policy"
PREFIX = "/internal/v1"

View = TypeVar("View", bound=Callable[..., Any])


class Names(Enum):
    """Where a request names its run and its thread."""

    NOTHING = "no run, no thread"
    PATH_AND_QUERY = "run in the path, thread in the query"
    PATH_AND_BODY = "run in the path, thread in the body"
    BODY = "run (may be missing) and thread in the body"
    BODY_RUN = "the same, under `run`"
    THREAD_PATH = "no run, thread in the path"
    THREAD_QUERY = "no run, thread in the query"
    THREAD_BODY = "no run, thread in the body"


@dataclass(frozen=True, slots=True)
class Policy:
    """What the token must say: what the request names, and whom it speaks for.

    Args:
        scope: what an operator's token must ask for; None on a route of users and guests, whose
            token must be of the principal in the headers.
    """

    names: Names
    scope: str | None = None


def policy(names: Names, *, scope: str | None = None) -> Callable[[View], View]:
    """Mark a view with its policy.

    Raises:
        ValueError: there is no such scope, or a user's route that names no thread.
    """
    if (scope is not None and scope not in SCOPES) or (scope is None and names is Names.NOTHING):
        raise ValueError(f"no policy: {names}, scope {scope}")

    def mark(view: View) -> View:
        setattr(view, _ATTRIBUTE, Policy(names, scope))
        return view

    return mark


def policy_of(app: Flask, endpoint: str) -> Policy | None:
    """The policy of a route, or None."""
    return policy_on(app.view_functions[endpoint])


def policy_on(view: Callable[..., Any]) -> Policy | None:
    """The policy that a view is marked with, or None."""
    return getattr(view, _ATTRIBUTE, None)


def demand_policies(app: Flask) -> None:
    """Refuse to start with a signed route that says nothing about its caller.

    Raises:
        RuntimeError: names every such route.
    """
    bare = sorted(
        {
            rule.rule
            for rule in app.url_map.iter_rules()
            if rule.rule.startswith(PREFIX) and policy_of(app, rule.endpoint) is None
        }
    )
    if bare:
        raise RuntimeError(f"routes without a policy: {', '.join(bare)}")
