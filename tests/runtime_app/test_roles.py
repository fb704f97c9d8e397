"""The table of roles: what each runs, what asks it to end, and whom it may talk to."""

import pytest

from runtime_app.config.table import SETTINGS
from runtime_app.roles import DEPLOYED, JOBS, Peer, Ready

ROLES = {role.name: role for role in (*JOBS, *DEPLOYED)}
WORKERS = [role for role in DEPLOYED if role.queues]
VALUES = {"python": "python", "address": "::", "url": "http://web"}


def test_every_role_is_named_once():
    assert len(ROLES) == len(JOBS) + len(DEPLOYED)
    assert list(ROLES) == [
        "migrate",
        "smoke",
        "web",
        "worker-runs",
        "worker-tools",
        "worker-settlement",
        "worker-maintenance",
        "beat",
        "flower",
    ]


def test_every_queue_has_one_worker_and_its_own_pool():
    assert {role.queues: (role.pool, role.concurrency) for role in WORKERS} == {
        ("runs", "ds"): ("threads", 32),
        ("tools",): ("prefork", 2),
        ("tools.settlement",): ("prefork", 1),
        ("maintenance", "anchors", "memory", "projections"): ("prefork", 3),
    }


def test_a_command_is_filled_in_by_the_role_and_by_the_deployment():
    for role in ROLES.values():
        argv = role.argv(VALUES)
        assert argv[:2] == ["python", "-m"]
        assert not [part for part in argv if "{" in part]
    worker = " ".join(ROLES["worker-settlement"].argv(VALUES))
    assert "worker -n settlement@%h -Q tools.settlement -P prefork -c 1" in worker
    assert ROLES["web"].argv(VALUES)[-3:] == ["--bind", ":::4000", "web.wsgi:app"]


def test_the_view_shows_and_does_not_act_and_keeps_little():
    argv = ROLES["flower"].argv(VALUES)
    assert argv[argv.index("flower") :] == [
        *("flower", "--address=::", "--port=5555"),
        *("--read_only", "--max_tasks=10000", "--purge_offline_workers=300"),
    ]


def test_what_a_deployment_decides_goes_first():
    argv = ROLES["worker-tools"].argv({**VALUES, "concurrency": 8})
    assert argv[argv.index("-c") + 1] == "8"


def test_a_command_that_is_not_filled_in_is_refused():
    with pytest.raises(KeyError, match="address"):
        ROLES["web"].argv({"python": "python"})


def test_a_role_has_time_for_what_it_ends():
    """Executors go on for 20 s and let go; the child of a tool has 30 s."""
    assert {name: role.grace_s for name, role in ROLES.items() if role.metrics_port} == {
        "web": 30,
        "worker-runs": 45,
        "worker-tools": 60,
        "worker-settlement": 60,
        "worker-maintenance": 60,
        "beat": 30,
    }


def test_a_drain_ends_before_the_grace_does():
    defaults = {
        setting.name: float(setting.default or 0) for setting in SETTINGS if "DRAIN" in setting.name
    }
    assert set(defaults) == {"OA_DRAIN_S", "OA_CHILD_DRAIN_S"}
    for role in WORKERS:
        name = "OA_CHILD_DRAIN_S" if role.pool == "prefork" else "OA_DRAIN_S"
        assert defaults[name] + 10 <= role.grace_s, role.name


def test_only_web_and_flower_serve_and_never_where_metrics_are():
    assert {name: role.port for name, role in ROLES.items() if role.port} == {
        "web": 4000,
        "flower": 5555,
    }
    assert {role.metrics_port for role in ROLES.values()} == {0, 9090}


def test_workers_say_themselves_when_they_are_ready():
    assert {role.ready for role in WORKERS} == {Ready.MARK}


def test_a_job_ends_and_nothing_else_does():
    assert {role.ready for role in JOBS} == {Ready.ENDS}
    assert Ready.ENDS not in {role.ready for role in DEPLOYED}


def test_web_has_no_way_out_but_to_its_bucket_and_one_role_may_reach_the_wallet():
    def with_peer(peer: Peer) -> set[str]:
        return {name for name, role in ROLES.items() if peer in (*role.needs, *role.reaches)}

    assert with_peer(Peer.OUTSIDE) == {role.name for role in WORKERS}
    assert with_peer(Peer.WALLET) == {"worker-settlement"}
    keeping = {"web", "worker-tools", "worker-settlement", "worker-maintenance"}
    assert with_peer(Peer.ARTIFACTS) == keeping
    assert with_peer(Peer.WEB) == {"smoke"}
    assert with_peer(Peer.POSTGRES) == set(ROLES) - {"flower", "smoke"}
    assert with_peer(Peer.BROKER) == set(ROLES) - {"migrate", "smoke"}


def test_the_clock_the_migration_and_the_view_run_once():
    assert {name for name, role in ROLES.items() if role.alone} == {"migrate", "beat", "flower"}


def test_what_forks_counts_together():
    assert {name for name, role in ROLES.items() if role.counts_together} == {
        "web",
        "worker-tools",
        "worker-settlement",
        "worker-maintenance",
    }
