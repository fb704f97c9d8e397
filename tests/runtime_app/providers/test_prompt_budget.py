import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime_app.providers.prompt_budget import PromptBudgets, cut, text_tokens


def test_the_longest_beginning_of_a_model_s_id_counts():
    budgets = PromptBudgets.parse("50000, openai/gpt=8000, openai/gpt-4.1=9000")
    assert budgets.of("scripted/echo") == 50_000
    assert budgets.of("openai/gpt-4o") == 8000
    assert budgets.of("openai/gpt-4.1-mini") == 9000


@pytest.mark.parametrize("text", ["", "many", "1999", "5000,openai/x", "5000,openai/x=1", "-1"])
def test_what_is_no_budget_is_refused(text):
    with pytest.raises(ValueError, match="must be a whole number of 2000 or more"):
        PromptBudgets.parse(text)


def test_three_bytes_are_a_token():
    assert [text_tokens(text) for text in ("", "a", "abc", "abcd", "ü" * 3)] == [0, 1, 1, 2, 2]


@given(st.text(max_size=2000), st.integers(0, 500))
def test_what_is_cut_is_within_its_bound_and_what_fits_stays(text, most):
    short = cut(text, most)
    assert text_tokens(short) <= most
    assert (short == text) or text_tokens(text) > most


def test_the_beginning_and_the_end_are_kept():
    short = cut("BEGIN " + "x" * 5000 + " END", 200)
    assert short.startswith("BEGIN ")
    assert short.endswith(" END")
    assert "5010 characters" in short
