"""Who reaches whom is what the committed tables say, and nothing in a policy is without effect."""

from collections.abc import Mapping
from typing import Any

import pytest

from runtime_app.egress.addresses import NOT_PUBLIC_V4, NOT_PUBLIC_V6
from tests.support import chart_golden
from tests.support.chart import VALUES, Chart, values_of
from tests.support.mutants import mutants
from tests.support.network_policy import EGRESS, INGRESS, Cluster, Policy, of_kind, selects
from tests.support.reach import NO, YES, Reach, table

WAYS = (INGRESS, EGRESS)
WORKERS = {"worker-runs", "worker-tools", "worker-settlement", "worker-maintenance"}


@pytest.fixture(scope="module", params=VALUES)
def reach(request: pytest.FixtureRequest, chart: Chart) -> Reach:
    return Reach.of(chart, values_of(request.param))


@pytest.fixture(scope="module")
def cells(reach: Reach) -> set[tuple[str, str, int, str]]:
    """Source, target, port and cell, of all that is not denied."""
    return {(s.name, t.name, port[0], cell) for s, t, port, cell in reach.cells() if cell != NO}


@pytest.mark.parametrize("name", VALUES)
def test_every_cell_is_as_it_was_reviewed(chart: Chart, name: str) -> None:
    golden = chart_golden.reach_file(name)
    assert table(Reach.of(chart, values_of(name))) == golden.read_text("utf-8"), (
        f"{golden.name} is not what the policies let through; look at the difference, then "
        "`python -m tests.support.chart_golden`"
    )


def test_only_laravel_calls_the_api(cells: set[tuple[str, str, int, str]]) -> None:
    callers = {source for source, target, port, _ in cells if (target, port) == ("web", 4000)}
    assert callers == {"laravel", "smoke"}


def test_nobody_comes_into_workers_but_prometheus(cells: set[tuple[str, str, int, str]]) -> None:
    closed = {*WORKERS, "beat", "migrate", "smoke"}
    callers = {(source, port) for source, target, port, _ in cells if target in closed}
    assert callers == {("prometheus", 9090)}


def test_web_has_no_way_outside(cells: set[tuple[str, str, int, str]]) -> None:
    reached = {target.split(" ")[0] for source, target, _, _ in cells if source == "web"}
    assert reached <= {"postgres", "broker", "collector", "artifacts", "dns"}


def test_the_bucket_is_reached_by_who_keeps_files_in_it(
    reach: Reach, cells: set[tuple[str, str, int, str]]
) -> None:
    callers = {source for source, target, port, _ in cells if (target, port) == ("artifacts", 443)}
    kept = reach.network["artifacts"]["places"]
    assert callers == ({"web", *WORKERS - {"worker-runs"}} if kept else set())


def test_nobody_gets_at_metadata_or_at_private_addresses(
    reach: Reach, cells: set[tuple[str, str, int, str]]
) -> None:
    closed = {
        party.name
        for party in reach.beyond
        if "/" in party.name or party.name.startswith("metadata")
    }
    assert len(closed) == len(NOT_PUBLIC_V4) + len(NOT_PUBLIC_V6) + 2
    assert not closed & {name for cell in cells for name in cell[:2]}


def test_who_only_looks_like_somebody_gets_nowhere(cells: set[tuple[str, str, int, str]]) -> None:
    looking_so = [
        cell
        for cell in cells
        if any(
            words in name
            for name in cell[:2]
            for words in (" elsewhere", "beside ", "stranger", " of another ")
        )
        # Names are looked up by whoever is in the namespace.
        and cell[1:3] != ("dns", 53)
    ]
    assert looking_so == []


def test_every_pod_asks_for_names(reach: Reach, cells: set[tuple[str, str, int, str]]) -> None:
    assert {(pod.name, "dns", 53, YES) for pod in reach.ours} <= cells


def test_no_rule_is_for_everybody(reach: Reach) -> None:
    for policy in of_kind(reach.documents):
        for way, end in (("ingress", "from"), ("egress", "to")):
            for rule in policy["spec"].get(way, ()):
                assert rule[end], policy["metadata"]["name"]
                assert rule["ports"], policy["metadata"]["name"]
                assert all(rule[end]), policy["metadata"]["name"]


def test_whatever_is_taken_out_of_a_policy_changes_a_cell(reach: Reach) -> None:
    policies = of_kind(reach.documents)
    pods = [*reach.ours, *reach.strangers]
    before = {
        (way, pod.name): [*reach.passing(Cluster({}, policies).gate(way, pod))]
        for way in WAYS
        for pod in pods
    }

    def changes(policy: Policy, mutant: Policy | None) -> bool:
        after = Cluster({}, [each for each in (*policies, mutant) if each and each != policy])
        return any(
            old != new
            for way in WAYS
            for pod in pods
            if any(each and selects(each, way, pod) for each in (policy, mutant))
            for old, new in zip(
                before[way, pod.name], reach.passing(after.gate(way, pod)), strict=True
            )
        )

    found = [(policy, *mutant) for policy in policies for mutant in mutants(policy)]
    without_effect = [
        f"{policy['metadata']['name']}: {what}"
        for policy, what, mutant in found
        if not changes(policy, mutant)
    ]
    assert without_effect == []
    assert len(found) > 100


def test_a_collector_is_reached_where_the_values_name_one(chart: Chart) -> None:
    def reaching(values: Mapping[str, Any]) -> set[str]:
        found = Reach.of(chart, values)
        return {s.name for s, t, _, cell in found.cells() if t.name == "collector" and cell != NO}

    values = values_of("dev")
    assert reaching(values) == set()
    values["network"]["collector"] = {"places": [{"namespace": "m", "podLabels": {"app": "otel"}}]}
    assert reaching(values) == {"web", *WORKERS}


def test_what_goes_out_goes_through_the_proxy_where_there_is_one(chart: Chart) -> None:
    values = values_of("prod")
    found = Reach.of(chart, values)
    cells = {(s.name, t.name) for s, t, _, cell in found.cells() if cell != NO}
    assert {source for source, target in cells if target == "proxy"} == WORKERS
    assert not [pair for pair in cells if pair[1].startswith("public")]


def test_models_may_be_served_inside(chart: Chart) -> None:
    values = values_of("dev")
    values["network"]["models"] = {"places": [{"namespace": "m", "podLabels": {"app": "gateway"}}]}
    found = Reach.of(chart, values)
    reached = {t.name for s, t, _, cell in found.cells() if s.name == "worker-runs" and cell == YES}
    assert reached == {"postgres", "broker", "models", "dns"}
