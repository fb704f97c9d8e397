import httpx2
import openai
import pytest

from runtime_app.providers.errors import ProviderError
from runtime_app.providers.openai_faults import classify, retry_after_s

REQUEST = httpx2.Request("POST", "http://localhost/v1/chat/completions")


def status_error(status, code=None, headers=None):
    response = httpx2.Response(status, headers=headers or {}, request=REQUEST)
    return openai.APIStatusError("it says so", response=response, body={"code": code})


def connection_error(cause):
    error = openai.APIConnectionError(request=REQUEST)
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "kind", "maybe_executed"),
    [
        (status_error(400), "refused", False),
        (status_error(401), "auth", False),
        (status_error(403), "auth", False),
        (status_error(404), "refused", False),
        (status_error(408), "timeout", True),
        (status_error(413), "refused", False),
        (status_error(422), "refused", False),
        (status_error(429), "throttled", False),
        (status_error(429, "insufficient_quota"), "auth", False),
        (status_error(500), "unavailable", True),
        (status_error(502), "unavailable", True),
        (status_error(503), "unavailable", True),
        (status_error(503, headers={"retry-after": "1"}), "throttled", False),
        (status_error(529), "throttled", False),
        (status_error(307), "protocol", True),
        (connection_error(httpx2.ConnectError("refused")), "unavailable", False),
        (connection_error(httpx2.ConnectTimeout("slow")), "unavailable", False),
        (connection_error(httpx2.ReadTimeout("slow")), "timeout", True),
        (connection_error(httpx2.ReadError("reset")), "unavailable", True),
        (connection_error(httpx2.RemoteProtocolError("cut")), "unavailable", True),
        (connection_error(httpx2.DecodingError("gzip")), "protocol", True),
        (connection_error(None), "unavailable", True),
        (openai.APIError("x", REQUEST, body={"code": "rate_limit_exceeded"}), "throttled", True),
        (openai.APIError("x", REQUEST, body={"type": "overloaded_error"}), "throttled", True),
        (openai.APIError("x", REQUEST, body={"code": 502}), "unavailable", True),
        (openai.APIError("x", REQUEST, body={"code": 429}), "throttled", True),
        (openai.APIError("x", REQUEST, body=None), "unavailable", True),
        (ValueError("no JSON"), "protocol", True),
        (RuntimeError("whatever"), "protocol", True),
    ],
)
def test_each_exception_has_its_kind(error, kind, maybe_executed):
    found = classify(error, "secret")
    assert (found.kind, found.maybe_executed) == (kind, maybe_executed)


def test_our_own_failures_pass_through():
    error = ProviderError("refused", "no such role")
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
