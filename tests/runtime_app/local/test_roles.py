"""The roles of a local stack, made from those of a deployment."""

import signal
from dataclasses import replace
from pathlib import Path

from runtime_app.config import SETTINGS
from runtime_app.local.home import Home
from runtime_app.local.programs import Wiring, for_role
from runtime_app.local.roles import APPLICATION, MIGRATION, SERVERS
from runtime_app.roles import DEPLOYED, Ready

ROLES = {role.name: role for role in (*SERVERS, *APPLICATION)}
VALUES = {
    "python": "python",
    "address": "127.0.0.1",
    "api": "http://127.0.0.1:4000",
    "model": "scripted/demo",
}


def test_every_role_is_there():
    deployed = [role.name for role in DEPLOYED]
    assert list(ROLES) == ["postgres", "broker", *deployed, "page"]


def test_a_role_is_that_of_a_deployment_but_for_its_grace():
    for role in DEPLOYED:
        assert replace(ROLES[role.name], grace_s=role.grace_s) == role


def test_the_schema_is_migrated_by_the_command_of_a_deployment():
    assert MIGRATION.argv(VALUES) == ["python", "-m", "runtime_app", "migrate"]
    assert MIGRATION.ready is Ready.ENDS


def test_commands_are_filled_in():
    for role in APPLICATION:
        assert not [part for part in role.argv(VALUES) if "{" in part]


def test_postgres_is_asked_for_a_fast_shutdown():
    assert ROLES["postgres"].stop_signal == signal.SIGINT


def test_all_graces_together_fit_into_ten_seconds():
    assert max(r.grace_s for r in APPLICATION) + max(r.grace_s for r in SERVERS) < 10


def test_a_role_is_given_no_secret_that_a_deployment_keeps_from_it(tmp_path: Path):
    environ = {setting.name: "given" for setting in SETTINGS}
    wiring = Wiring(Home(tmp_path), tmp_path, environ, "scripted/demo", 1, 2, 3, 4)
    for role in DEPLOYED:
        given = for_role(ROLES[role.name], wiring).env
        for setting in SETTINGS:
            for_others = setting.secret and setting.roles and role.name not in setting.roles
            assert (setting.name in given) == (not for_others), (role.name, setting.name)
    assert environ.items() - for_role(ROLES["page"], wiring).env.items() <= {
        *(("OA_READY_FILE", "given"), ("OA_METRICS_PORT", "given"), ("OA_ROLE", "given"))
    }
