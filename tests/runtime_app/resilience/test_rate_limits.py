"""The setting that says what a provider takes of us in a minute."""

import pytest

from runtime_app.resilience.rate_limits import RateLimits, RateTable


def test_each_provider_has_its_own_limits_and_either_may_be_missing():
    table = RateTable.parse("openai=500/200000, anthropic=50/-,scripted.alpha=-/9")

    assert table.of("openai") == RateLimits(500, 200_000)
    assert table.of("anthropic") == RateLimits(50, None)
    assert table.of("scripted.alpha") == RateLimits(None, 9)
    assert table.of("scripted") is None


@pytest.mark.parametrize(
    "text", ["openai", "openai=5", "=5/5", "openai=-/-", "a=0/1", "a=1/x", "a=1/1,a=2/2", "a=-1/2"]
)
def test_what_is_no_limit_is_refused_with_the_remedy(text: str):
    with pytest.raises(ValueError, match=r"must|two rows"):
        RateTable.parse(text)
