"""The setting that says who is asked instead."""

import pytest

from runtime_app.resilience.fallbacks import Fallbacks


def test_a_models_own_row_goes_before_that_of_its_provider():
    fallbacks = Fallbacks.parse("openai/a=anthropic/b|scripted/echo, openai=scripted/demo?as=beta")

    assert fallbacks.after("openai/a") == ("anthropic/b", "scripted/echo")
    assert fallbacks.after("openai/a", "anthropic/b") == ("scripted/echo",)
    assert fallbacks.after("openai/a", "scripted/echo") == ()
    assert fallbacks.after("openai/c") == ("scripted/demo?as=beta",)
    assert fallbacks.after("anthropic/b") == ()


def test_a_model_never_stands_in_for_itself():
    assert Fallbacks.parse("openai=openai/a").after("openai/a") == ()


@pytest.mark.parametrize(
    "text", ["openai", "=a/b", "openai=", "openai=b", "a=b/c|d/e|f/g", "a=b/c,a=d/e"]
)
def test_what_is_not_a_chain_is_refused_with_the_remedy(text: str):
    with pytest.raises(ValueError, match=r"must|two rows"):
        Fallbacks.parse(text)
