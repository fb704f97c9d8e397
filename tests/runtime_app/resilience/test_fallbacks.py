"""The setting that says who is asked instead."""

import pytest

from runtime_app.resilience.fallbacks import Fallbacks


def test_a_models_own_row_goes_before_that_of_its_provider():
    fallbacks = Fallbacks.parse("openai/a=anthropic/b|scripted/echo, openai=scripted/demo?as=beta")

    assert fallbacks.target("openai/a", 0) == "anthropic/b"
    assert fallbacks.target("openai/a", 1) == "scripted/echo"
    assert fallbacks.target("openai/a", 2) is None
    assert fallbacks.target("openai/c", 0) == "scripted/demo?as=beta"
    assert fallbacks.target("anthropic/b", 0) is None


def test_a_model_never_stands_in_for_itself():
    assert Fallbacks.parse("openai=openai/a").target("openai/a", 0) is None


@pytest.mark.parametrize(
    "text", ["openai", "=a/b", "openai=", "openai=b", "a=b/c|d/e|f/g", "a=b/c,a=d/e"]
)
def test_what_is_not_a_chain_is_refused_with_the_remedy(text: str):
    with pytest.raises(ValueError, match=r"must|two rows"):
        Fallbacks.parse(text)
