"""OPERATIONS.md shows what the commands print and which reasons there are."""

import json
import re
from typing import Any

import pytest
import requests

from tests.cli.conftest import Oa, oa, oa_alone  # noqa: F401 - fixtures
from tests.docs.markdown import PROJECT, document
from tests.support.api import Api
from tests.support.sanitizer import KEYS

PAGE = document("docs/OPERATIONS.md")
NEW, OLD = "k20260102-7f3a", "k20250704-19c2"


@pytest.fixture
def settings(stack_state: dict[str, Any]) -> dict[str, str]:
    """Of a deployment with the runbook's old key."""
    return {
        "DATABASE_URL": stack_state["database_url"],
        "OA_DATABASE_DIRECT_URL": stack_state["direct_url"],
        "OA_BROKER_URL": stack_state["broker_url"],
        "OA_SIGNING_KEYS": f"{OLD}:{'x' * 43}",
        "OA_SANITIZER_KEYS": KEYS,
    }


def _shown(beginning: str) -> str:
    return next(block for block in PAGE.blocks("text") if block.startswith(beginning))


def test_the_new_key_and_its_steps_are_as_shown(oa: Oa, settings: dict[str, str]) -> None:  # noqa: F811
    printed = oa.ok("keys", "rotate", "--id", NEW, **settings)
    masked = [re.sub(rf"(?<={NEW}:)\S+", "SECRET", text) for text in (printed, _shown("new key"))]
    assert masked[0] == masked[1]


def test_the_list_and_the_doctors_line_are_as_shown(oa: Oa, settings: dict[str, str]) -> None:  # noqa: F811
    assert oa.ok("keys", "list", **settings) == _shown(OLD)
    both = {**settings, "OA_SIGNING_KEYS": f"{NEW}:{'y' * 43},{settings['OA_SIGNING_KEYS']}"}
    assert _shown("ok    keys") in oa.ok("doctor", **both)


def test_readyz_is_as_shown(api: Api) -> None:
    shown = json.loads(next(block for block in PAGE.blocks("json") if '"keys"' in block))
    found = requests.get(f"{api.base_url}/readyz", timeout=10).json()
    assert list(shown) == list(found)
    assert {**shown, "keys": found["keys"]} == found


def test_every_reason_of_a_refusal_is_explained() -> None:
    told = {reason for row in PAGE.rows("reason") for reason in re.findall(r"`(\w+)`", row[0])}
    sources = [
        (PROJECT / name).read_text(encoding="utf-8")
        for name in (
            "web/auth.py",
            "runtime_app/security/tokens.py",
            "runtime_app/security/nonces.py",
        )
    ]
    raised = {
        reason
        for text in sources
        for call in re.findall(r"raise Unauthorized\((.*?)\)(?: from error)?\n", text, re.DOTALL)
        for reason in re.findall(r'"(\w+)",?\s*$', call)
    }
    assert told == raised | {"binding"}
