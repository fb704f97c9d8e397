import httpx2
import openai
import pytest

from runtime_app.providers import faults
from runtime_app.providers.errors import ProviderError
from runtime_app.providers.faults import retry_after_s
from runtime_app.providers.openai_codes import CODES
from runtime_app.providers.outcome import Outcome

REQUEST = httpx2.Request("POST", "http://localhost/v1/chat/completions")


def classify(error, secret):
    return faults.classify(error, openai, CODES, secret)


def status_error(status, code=None, headers=None):
    response = httpx2.Response(status, headers=headers or {}, request=REQUEST)
    return openai.APIStatusError("it says so", response=response, body={"code": code})


def connection_error(cause):
    error = openai.APIConnectionError(request=REQUEST)
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "outcome", "maybe_executed"),
    [
        (status_error(400), "caller_fault", False),
        (status_error(401), "auth_fault", False),
        (status_error(402), "auth_fault", False),
        (status_error(403), "auth_fault", False),
        (status_error(404), "caller_fault", False),
        (status_error(408), "timeout", True),
        (status_error(413), "caller_fault", False),
        (status_error(422), "caller_fault", False),
        (status_error(429), "throttled", False),
        (status_error(429, "insufficient_quota"), "auth_fault", False),
        (status_error(500), "provider_fault", True),
        (status_error(502), "provider_fault", True),
        (status_error(503), "provider_fault", True),
        (status_error(503, headers={"retry-after": "1"}), "throttled", False),
        (status_error(503, "overloaded"), "throttled", False),
        (status_error(529), "throttled", False),
        (status_error(307), "provider_fault", True),
        (connection_error(httpx2.ConnectError("refused")), "unreachable", False),
        (connection_error(httpx2.ConnectTimeout("slow")), "unreachable", False),
        (connection_error(httpx2.ReadTimeout("slow")), "timeout", True),
        (connection_error(httpx2.ReadError("reset")), "provider_fault", True),
        (connection_error(httpx2.RemoteProtocolError("cut")), "provider_fault", True),
        (connection_error(httpx2.DecodingError("gzip")), "provider_fault", True),
        (connection_error(None), "provider_fault", True),
        (openai.APIError("x", REQUEST, body={"code": "rate_limit_exceeded"}), "throttled", True),
        (openai.APIError("x", REQUEST, body={"type": "overloaded_error"}), "throttled", True),
        (openai.APIError("x", REQUEST, body={"code": 502}), "provider_fault", True),
        (openai.APIError("x", REQUEST, body={"code": 429}), "throttled", True),
        (openai.APIError("x", REQUEST, body=None), "provider_fault", True),
        (ValueError("no JSON"), "provider_fault", True),
        (RuntimeError("whatever"), "provider_fault", True),
    ],
)
def test_each_exception_has_its_outcome(error, outcome, maybe_executed):
    found = classify(error, "secret")
    assert (found.outcome, found.maybe_executed) == (outcome, maybe_executed)


def test_our_own_failures_pass_through():
    error = ProviderError(Outcome.CALLER_FAULT, "no such role")
    assert classify(error, "secret") is error


def test_the_key_is_in_no_message():
    error = openai.APIError("Incorrect API key: sk-secret", REQUEST, body=None)
    assert "sk-secret" not in classify(error, "sk-secret").message
    assert "Incorrect API key: ***" in classify(error, "sk-secret").message
    assert "Incorrect API key: sk-secret" in classify(error, "").message


def test_a_long_answer_is_quoted_in_short():
    assert len(classify(ValueError("x" * 10_000), "").message) < 400


@pytest.mark.parametrize(
    ("headers", "wait_s"),
    [
        ({}, None),
        ({"retry-after": "3"}, 3.0),
        ({"retry-after": "86400"}, 120.0),
        ({"retry-after": "soon"}, None),
        ({"retry-after-ms": "250", "retry-after": "3"}, 0.25),
        ({"retry-after-ms": "x", "retry-after": "3"}, 3.0),
        ({"retry-after": "Wed, 21 Oct 2026 07:28:30 GMT"}, None),
        (
            {
                "retry-after": "Wed, 21 Oct 2026 07:28:30 GMT",
                "date": "Wed, 21 Oct 2026 07:28:00 GMT",
            },
            30.0,
        ),
        (
            {
                "retry-after": "Wed, 21 Oct 2026 07:28:00 GMT",
                "date": "Wed, 21 Oct 2026 07:28:30 GMT",
            },
            0.0,
        ),
    ],
)
def test_the_wait_is_read_and_bounded(headers, wait_s):
    assert retry_after_s(headers) == wait_s
