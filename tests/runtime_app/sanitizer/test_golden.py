"""The rules and the pseudonyms of `oa.sanitizer.v1`: another result needs another version."""

import json
from pathlib import Path
from typing import Any

import pytest

from runtime_app.sanitizer import Profile, PseudonymKeys, Sanitizer

GOLDEN = Path(__file__).parents[2] / "golden" / "sanitizer" / "rules.json"
RULES: dict[str, Any] = json.loads(GOLDEN.read_text())


def given(value: Any) -> Any:
    """The input: pieces that must not stand together in a repository are joined here."""
    return json.loads(json.dumps(value).replace("~|", ""))


@pytest.fixture(scope="module")
def golden() -> Sanitizer:
    return Sanitizer(PseudonymKeys.parse(f"k:{RULES['key']}"), pytest.fail)


@pytest.mark.parametrize("profile", Profile)
def test_what_was_written_down_comes_out(golden, profile):
    assert RULES["rules"] == golden.RULES
    for case in RULES[profile.value]:
        assert golden.value(given(case["in"]), profile) == case["out"]
    assert len(RULES[profile.value]) >= 6
