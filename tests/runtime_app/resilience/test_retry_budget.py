"""Retries are a share of a provider's calls, with room for bad luck."""

from runtime_app.resilience.retry_budget import AT_LEAST, WINDOW_S, RetryBudget


def test_a_few_retries_are_always_possible_and_then_no_more_within_a_minute():
    budget = RetryBudget()
    made = [budget.take("p", 0.0, retry=True) for _ in range(AT_LEAST + 1)]
    assert made == [True] * AT_LEAST + [False]
    assert budget.take("p", 1.0, retry=False)
    assert budget.take("q", 1.0, retry=True)
    assert budget.take("p", WINDOW_S, retry=True)


def test_a_tenth_of_many_calls_may_be_retries():
    budget = RetryBudget()
    for _ in range(100):
        budget.take("p", 0.0, retry=False)
    made = [budget.take("p", 1.0, retry=True) for _ in range(20)]
    assert 10 <= sum(made) <= 12
