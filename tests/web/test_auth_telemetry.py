"""What the checks tell: which one refused, and that a failure was put off."""

from collections.abc import Iterator, Mapping

import pytest
from flask import Flask

from runtime_app.observability import telemetry
from tests.web.routes import application
from web.policy import PREFIX

Heard = list[tuple[str, dict[str, str]]]
TARGET = f"{PREFIX}/runs/r?thread_id=t"


@pytest.fixture
def heard() -> Iterator[Heard]:
    """Everything that is told while the test runs."""
    told: Heard = []

    def hear(name: str, _value: float, labels: Mapping[str, str]) -> None:
        if name.startswith("auth."):
            told.append((name, dict(labels)))

    telemetry.subscribe(hear)
    yield told
    telemetry.unsubscribe(hear)


def _get(app: Flask, headers: Mapping[str, str]) -> int:
    """What gunicorn adds to the environment stands in for it."""
    client = app.test_client()
    return client.get(
        TARGET, headers=dict(headers), environ_overrides={"RAW_URI": TARGET}
    ).status_code


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        ({}, "missing"),
        ({"X-OA-RUNTIME-SIGNATURE": "v1.x"}, "form"),
        ({"X-OA-RUNTIME-SIGNATURE": "v1.e30.AAAA"}, "mac"),
    ],
)
def test_a_refusal_is_told_by_its_check(heard: Heard, headers: dict[str, str], reason: str) -> None:
    assert _get(application(), headers) == 401
    assert heard == [("auth.rejected", {"reason": reason})]


def test_a_failure_past_the_limit_is_told_as_such(heard: Heard) -> None:
    app = application()
    assert [_get(app, {}) for _ in range(51)] == [401] * 50 + [429]
    assert heard[-2:] == [("auth.rejected", {"reason": "missing"}), ("auth.throttled", {})]
