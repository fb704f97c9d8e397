"""The table of roles."""

import signal

from runtime_app.local.roles import APPLICATION, SERVERS, Ready

VALUES = {
    "python": "python",
    "loopback": "127.0.0.1",
    "port": 4000,
    "page_port": 4001,
    "model": "scripted/demo",
    "flower_port": 5555,
    "beat_schedule": "beat",
}
ROLES = {role.name: role for role in (*SERVERS, *APPLICATION)}


def test_every_role_is_there():
    assert set(ROLES) == {
        "postgres",
        "broker",
        "web",
        "worker-runs",
        "worker-tools",
        "worker-settlement",
        "worker-maintenance",
        "beat",
        "flower",
        "page",
    }


def test_every_queue_has_one_worker_and_its_own_pool():
    workers = {role.queues: (role.pool, role.concurrency) for role in APPLICATION if role.queues}

    assert workers == {
        ("runs",): ("threads", 32),
        ("tools",): ("prefork", 2),
        ("tools.settlement",): ("prefork", 1),
        ("maintenance",): ("prefork", 1),
    }


def test_commands_are_filled_in():
    for role in APPLICATION:
        argv = role.argv(VALUES)
        assert argv[:2] == ["python", "-m"]
        assert not [part for part in argv if "{" in part]
    worker = " ".join(ROLES["worker-settlement"].argv(VALUES))
    assert "worker -n settlement@%h -Q tools.settlement -P prefork -c 1" in worker


def test_postgres_is_asked_for_a_fast_shutdown():
    assert ROLES["postgres"].stop_signal == signal.SIGINT


def test_all_graces_together_fit_into_ten_seconds():
    assert max(r.grace_s for r in APPLICATION) + max(r.grace_s for r in SERVERS) < 10


def test_workers_say_themselves_when_they_are_ready():
    assert {role.ready for role in APPLICATION if role.queues} == {Ready.MARK}
