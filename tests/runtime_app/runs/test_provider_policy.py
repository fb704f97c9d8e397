"""Which providers and models a run may use."""

import pytest

from runtime_app.errors import InvalidRequest
from runtime_app.runs.provider_policy import ProviderPolicy

POLICY = ProviderPolicy.from_json(
    {"providers": {"deny": ["c"]}, "models": {"allow": ["a/x", "b/y", "c/z"], "deny": ["b/y"]}}
)


@pytest.mark.parametrize(
    ("model", "allowed"), [("a/x", True), ("b/y", False), ("c/z", False), ("a/other", False)]
)
def test_deny_wins_and_an_allow_list_is_complete(model: str, allowed: bool):
    assert POLICY.allows(model) is allowed


def test_without_a_policy_everything_is_allowed():
    policy = ProviderPolicy.from_json(None)
    assert policy.allow_fallback
    assert policy.allows("any/thing")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"models": {"allow": ["x"]}}, "provider/name"),
        ({"providers": {"deny": ["a/x"]}}, "a provider's name alone"),
        ({"providers": {"allow": []}}, "does not allow the model"),
    ],
)
def test_what_cannot_hold_is_refused_with_its_field(given: dict, said: str):
    with pytest.raises(InvalidRequest) as refused:
        ProviderPolicy.from_json(given).check("a/x")
    [detail] = refused.value.details
    assert detail.field.startswith("provider_policy")
    assert said in detail.message
