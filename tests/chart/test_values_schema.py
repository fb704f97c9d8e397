"""Values that would not work, or would open what should be closed, are refused with a reason."""

from typing import Any

import pytest

from tests.support.chart import Chart, Document, Refused, values_of

ANYBODY = {"places": [{"cidr": "0.0.0.0/0"}], "port": 5432}

# where, what, and words of the refusal
BAD: list[tuple[str, Any, str]] = [
    ("image.repository", "", "'/image/repository'"),
    ("image.repository", "registry.example.com/runtime:latest@x", "'/image/repository'"),
    ("image.tag", "", "'/image'"),
    ("image.tag", "a tag", "'/image/tag'"),
    ("image.digest", "sha256:abc", "'/image/digest'"),
    ("image.requireDigest", True, "'/image/digest'"),
    ("image.pullPolicy", "Sometimes", "'/image/pullPolicy'"),
    ("images", {}, "additional properties 'images'"),
    ("settings.OA_CAP_STEP", "3", "additional properties 'OA_CAP_STEP'"),
    ("settings.DATABASE_URL", "postgresql://u:p@h/d", "additional properties 'DATABASE_URL'"),
    ("settings.OA_SIGNING_KEYS", "k:s", "additional properties 'OA_SIGNING_KEYS'"),
    ("settings.OA_ROLE", "web", "additional properties 'OA_ROLE'"),
    ("settings.OA_CAP_STEPS", [3], "'/settings/OA_CAP_STEPS'"),
    ("settings.OA_DEFAULT_MODEL", None, "'/settings/OA_DEFAULT_MODEL': got null"),
    ("secrets.DATABASE_URL", "postgresql://u:p@h/d", "'/secrets/DATABASE_URL'"),
    ("secrets.DATABASE_URL", {"name": ""}, "'/secrets/DATABASE_URL/name'"),
    ("secrets.DATABASE_URL", None, "missing property 'DATABASE_URL'"),
    ("secrets.FLOWER_BASIC_AUTH", None, "missing property 'FLOWER_BASIC_AUTH'"),
    ("secrets.FLOWER_COOKIE_SECRET", None, "missing property 'FLOWER_COOKIE_SECRET'"),
    ("secrets.OA_WALLET", {"name": "x", "key": "y"}, "additional properties 'OA_WALLET'"),
    ("roles.beat.replicas", 2, "'/roles/beat/replicas'"),
    ("roles.flower.replicas", 2, "'/roles/flower/replicas'"),
    ("roles.beat.scale", {"min": 1, "max": 2}, "additional properties 'scale'"),
    ("roles.web.replicas", -1, "'/roles/web/replicas'"),
    ("roles.web.replicas", "3", "'/roles/web/replicas'"),
    ("roles.web.concurrency", 4, "additional properties 'concurrency'"),
    ("roles.worker-runs.concurrency", 0, "'/roles/worker-runs/concurrency'"),
    ("roles.worker-runs.settings", {"OA_SIGNING_KEYS": "k:s"}, "'/roles/worker-runs/settings'"),
    ("roles.worker-money", {"replicas": 1}, "additional properties 'worker-money'"),
    ("roles.web.scale", {"min": 0, "max": 2}, "'/roles/web/scale/min'"),
    ("roles.web.scale", {"min": 1}, "'/roles/web/scale'"),
    ("autoscaling.by", "magic", "'/autoscaling/by'"),
    ("autoscaling.by", "work", "'/autoscaling/prometheusAddress'"),
    ("autoscaling.cpuPercent", 0, "'/autoscaling/cpuPercent'"),
    ("monitoring.podMonitor", "yes", "'/monitoring/podMonitor'"),
    ("network.laravel", [], "'/network/laravel'"),
    ("network.laravel", [{"namespace": "laravel"}], "missing property 'podLabels'"),
    ("network.laravel", [{"podLabels": {"app": "laravel"}}], "missing property 'namespace'"),
    ("network.laravel", [{"namespace": "laravel", "podLabels": {}}], "/podLabels'"),
    ("network.laravel", [{"cidr": "10.0.0.0/8"}], "additional properties 'cidr'"),
    ("network.postgres.places", [], "'/network/postgres/places'"),
    ("network.postgres", ANYBODY, "'0.0.0.0/0' does not match"),
    ("network.postgres.port", 0, "'/network/postgres/port'"),
    ("network.broker.places", [{"cidr": "10.0.0.5"}], "'10.0.0.5' does not match"),
    ("network.dns", [], "'/network/dns'"),
    ("network.wallet.places", [{"cidr": "::/0"}], "'::/0' does not match"),
]


def changed(values: Document, place: str, value: Any) -> Document:
    """The values with another one at `place`; None unsets a default, as Helm has it."""
    *path, last = place.split(".")
    into: Any = values
    for name in path:
        into = into.setdefault(name, {})
    into[last] = value
    return values


@pytest.mark.parametrize(("place", "value", "words"), BAD, ids=[f"{b[0]}={b[1]}" for b in BAD])
def test_a_wrong_value_is_refused(chart: Chart, place: str, value: Any, words: str) -> None:
    with pytest.raises(Refused) as refused:
        chart.render(changed(values_of("dev"), place, value))
    assert words in str(refused.value)


def test_production_wants_a_digest(chart: Chart) -> None:
    for name in ("staging", "prod"):
        with pytest.raises(Refused, match="'/image/digest'"):
            chart.render(changed(values_of(name), "image.digest", ""))


def test_without_values_the_chart_says_what_it_wants(chart: Chart) -> None:
    with pytest.raises(Refused) as refused:
        chart.render({})
    for wanted in ("/image/repository", "OA_DEFAULT_MODEL", "/network/laravel", "/network/broker"):
        assert wanted in str(refused.value)
