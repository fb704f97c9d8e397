"""Budgets made on the command line."""

from tests.cli.conftest import Oa
from tests.support.api import fresh

REASON = ("--reason", "a test of budgets")
AMOUNTS = ("--unit", "msat", "--max-total", "1000", "--max-per-call", "500")


def new_budget(oa: Oa, *more: str, **env: str) -> str:
    """The id of a budget for a thread of its own; `more` options override."""
    scope = ("--owner", "user:42", "--scope", "thread", "--scope-id", fresh("t"))
    return oa.ok("spend", "create", *scope, *AMOUNTS, *REASON, *more, **env).strip()
