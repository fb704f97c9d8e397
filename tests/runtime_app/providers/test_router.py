import pytest

from runtime_app.providers.errors import ProviderError
from runtime_app.providers.router import Providers
from runtime_app.providers.scripted import ScriptedProvider

SCRIPTED = ScriptedProvider()
PROVIDERS = Providers({"scripted": SCRIPTED, "other": SCRIPTED})


@pytest.mark.parametrize(
    ("model_id", "model"),
    [
        ("scripted/demo", "demo"),
        ("scripted/tokens?n=200", "tokens?n=200"),
        ("other/vendor/model-7b", "vendor/model-7b"),
    ],
)
def test_the_provider_is_what_stands_before_the_first_slash(model_id, model):
    assert PROVIDERS.resolve(model_id) == (SCRIPTED, model)


def test_an_unknown_provider_is_refused_with_the_known_ones():
    with pytest.raises(ProviderError, match="other, scripted; found 'nobody'") as caught:
        PROVIDERS.resolve("nobody/model")
    assert caught.value.outcome == "caller_fault"
    assert not caught.value.retryable


@pytest.mark.parametrize("model_id", ["", "demo", "/demo", "scripted/"])
def test_an_id_without_both_parts_is_refused(model_id):
    with pytest.raises(ProviderError, match="provider/model") as caught:
        PROVIDERS.resolve(model_id)
    assert caught.value.outcome == "caller_fault"
