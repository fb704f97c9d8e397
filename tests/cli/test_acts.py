"""Every command is an act that leaves a row, or it changes nothing; a new one has to say which."""

import json
import os
import pwd
from collections.abc import Callable, Iterator
from typing import Any

import click
import pytest

from runtime_app.audit.act import ACTS
from runtime_app.cli import COMMANDS, cli
from runtime_app.db.revision import newest
from tests.cli.budgets import AMOUNTS, new_budget
from tests.cli.conftest import Oa
from tests.support.api import Api, fresh
from tests.support.sanitizer import KEYS

#: Commands that change nothing in the database, or do it as a user over HTTP (demo, smoke).
LOOKS = {
    ("audit", "export"),
    ("audit", "show"),
    ("audit", "verify"),
    ("demo",),
    ("memory", "tree"),
    ("memory", "verify"),
    ("projections", "status"),
    ("projections", "dead-letters"),
    ("page",),
    ("doctor",),
    ("down",),
    *(("ds", inner) for inner in ("pointer", "receipt", "replay", "signatures", "trace")),
    ("keys", "list"),
    ("keys", "rotate"),
    ("keys", "used"),
    ("probe", "worker"),
    ("providers", "budgets"),
    ("providers", "list"),
    ("providers", "show"),
    ("quarantine", "list"),
    ("quarantine", "show"),
    ("runs", "export"),
    ("runs", "list"),
    ("runs", "replay"),
    ("runs", "show"),
    ("runs", "tail"),
    ("runs", "verify"),
    ("smoke",),
    *(("spend", inner) for inner in ("ask", "check", "list", "show")),
    ("token", "inspect"),
    ("up",),
    *(("webhooks", inner) for inner in ("list", "secret", "show")),
}

REASON = ("--reason", "a test of acts")


def _cancel(oa: Oa, api: Api, actor: str) -> str:
    run_id = fresh()
    assert api.start(run_id, fresh("t"), model="scripted/echo").status_code == 201
    oa.ok("runs", "cancel", run_id, *REASON, OA_OPERATOR=actor)
    return run_id


def _fork(oa: Oa, api: Api, actor: str) -> str:
    run_id = fresh()
    assert api.start(run_id, fresh("t"), model="scripted/echo").status_code == 201
    oa.ok("runs", "fork", run_id, *REASON, OA_OPERATOR=actor)
    return run_id


def _mint(oa: Oa, _api: Api, actor: str) -> str:
    run_id = fresh()
    oa.ok("token", "mint", "--user", "1", "--run", run_id, *REASON, OA_OPERATOR=actor)
    return run_id


def _prune(oa: Oa, api: Api, actor: str) -> str:
    run_id = fresh()
    list(api.run_and_stream(run_id, fresh("t"), "hello", model="scripted/echo"))
    oa.ok("runs", "prune", "--run", run_id, *REASON, OA_OPERATOR=actor)
    return run_id


def _compact(oa: Oa, _api: Api, actor: str) -> str:
    thread_id = fresh("t")
    oa.ok("memory", "compact", "--thread", thread_id, *REASON, OA_OPERATOR=actor)
    return thread_id


def _rebuild(oa: Oa, api: Api, actor: str) -> str:
    run_id = fresh()
    list(api.run_and_stream(run_id, fresh("t"), "hello", model="scripted/echo"))
    oa.ok("projections", "rebuild", run_id, *REASON, OA_OPERATOR=actor)
    return run_id


def _reconcile(oa: Oa, _api: Api, actor: str) -> None:
    oa.ok("projections", "reconcile", *REASON, OA_OPERATOR=actor)


def _create(oa: Oa, _api: Api, actor: str) -> str:
    return new_budget(oa, *REASON, OA_OPERATOR=actor)


def _top_up(oa: Oa, _api: Api, actor: str) -> str:
    budget = new_budget(oa)
    oa.ok("spend", "topup", budget, "5", *REASON, OA_OPERATOR=actor)
    return budget


def _revoke(oa: Oa, _api: Api, actor: str) -> str:
    budget = new_budget(oa)
    oa.ok("spend", "revoke", budget, *REASON, OA_OPERATOR=actor)
    return budget


#: How each act is done on the shared stack, by whom; the target that its row must name.
DONE: dict[tuple[str, ...], Callable[[Oa, Api, str], str | None]] = {
    ("memory", "compact"): _compact,
    ("projections", "rebuild"): _rebuild,
    ("projections", "reconcile"): _reconcile,
    ("runs", "cancel"): _cancel,
    ("runs", "fork"): _fork,
    ("runs", "prune"): _prune,
    ("spend", "create"): _create,
    ("spend", "revoke"): _revoke,
    ("spend", "topup"): _top_up,
    ("token", "mint"): _mint,
}
#: Done by tests of their own: the shared stack has nothing left to migrate, nothing gave up, no
#: provider outside has been asked, and nobody is told of anything.
ELSEWHERE = {
    *(("ds", inner) for inner in ("abort", "advance", "artifact", "canary", "promote", "rollback")),
    ("migrate",),
    *(("providers", inner) for inner in ("force", "reset", "trip")),
    *(("quarantine", inner) for inner in ("drop", "requeue")),
    ("spend", "resolve"),
    ("webhooks", "replay"),
}


def leaves() -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every command that can be run, with its words."""
    for name in COMMANDS:
        command = cli.get_command(click.Context(cli), name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from (((name, inner), each) for inner, each in command.commands.items())
        else:
            yield (name,), command


def act_of(command: click.Command) -> str | None:
    return getattr(command.callback, "act", None)


def test_every_command_is_listed_as_an_act_or_as_a_look():
    acts = {words for words, command in leaves() if act_of(command)}
    assert acts == set(DONE) | ELSEWHERE
    assert {words for words, _ in leaves()} - acts == LOOKS


def test_every_act_of_the_command_line_is_in_the_catalogue_and_takes_a_reason():
    for words, command in leaves():
        name = act_of(command)
        options = {parameter.name for parameter in command.params}
        assert ("reason" in options) == (name is not None), words
        assert name is None or name in ACTS


@pytest.mark.parametrize("words", DONE, ids=" ".join)
def test_an_act_leaves_its_row(oa: Oa, api: Api, words: tuple[str, ...]):
    actor = fresh("op-")
    command = dict(leaves())[words]

    target = DONE[words](oa, api, actor)

    (act,) = _acts(oa, actor)
    assert (act["act"], act["target"]) == (act_of(command), target)
    assert act["reason"] == "a test of acts"


@pytest.mark.parametrize("words", DONE, ids=" ".join)
def test_an_act_without_a_reason_or_a_name_is_refused_with_the_remedy(
    oa: Oa, oa_alone: Oa, stack_state: dict[str, Any], words: tuple[str, ...]
):
    operands = {
        "cancel": ["x"],
        "fork": ["x"],
        "prune": [],
        "compact": [],
        "rebuild": ["x"],
        "reconcile": [],
        "mint": ["--user", "1"],
        "create": ["--owner", "user:42", *AMOUNTS],
        "revoke": ["x"],
        "topup": ["x", "1"],
    }[words[1]]
    theirs = {
        "DATABASE_URL": stack_state["database_url"],
        "OA_BROKER_URL": stack_state["broker_url"],
        "OA_SIGNING_KEYS": "main:0123456789abcdef",
        "OA_SANITIZER_KEYS": KEYS,
    }

    unexplained = oa(*words, *operands)
    empty = oa(*words, *operands, "--reason", " ")
    nameless = oa_alone(*words, *operands, *REASON, **theirs)
    wrong = oa_alone(*words, *operands, *REASON, **theirs, OA_OPERATOR="who? me")

    assert (unexplained.code, empty.code) == (2, 2)
    assert "Missing option '--reason'" in unexplained.err
    assert "say why" in empty.err
    assert (nameless.code, wrong.code) == (1, 1)
    assert "set OA_OPERATOR" in nameless.err
    assert "OA_OPERATOR must be a name" in wrong.err


def test_an_act_on_a_run_that_ended_says_that_nothing_changed(oa: Oa, api: Api):
    run_id, thread_id, actor = fresh(), fresh("t"), fresh("op-")
    list(api.run_and_stream(run_id, thread_id, "hello", model="scripted/echo"))

    oa.ok("runs", "cancel", run_id, *REASON, OA_OPERATOR=actor)

    (act,) = _acts(oa, actor)
    assert (act["outcome"], act["before"]) == ("unchanged", {"status": "completed"})


def test_each_revision_leaves_a_row_in_its_own_transaction(
    oa: Oa, oa_alone: Oa, stack_state: dict[str, Any], empty_database_url: str
):
    theirs = {
        "DATABASE_URL": empty_database_url,
        "OA_BROKER_URL": stack_state["broker_url"],
        "OA_SIGNING_KEYS": "main:0123456789abcdef",
        "OA_SANITIZER_KEYS": KEYS,
        "OA_OPERATOR": "ada",
    }
    oa_alone.ok("migrate", *REASON, **theirs)

    acts = json.loads(oa_alone.ok("audit", "show", "--json", **theirs))["acts"]
    assert {(act["act"], act["actor"], act["reason"]) for act in acts} == {
        ("schema.migrate", "ada", "a test of acts")
    }
    assert acts[0]["after"] == {"revision": newest()}
    assert acts[-1]["target"] == "0009"


def test_on_the_local_stack_the_actor_is_whoever_is_logged_in(oa: Oa):
    oa.ok("token", "mint", "--user", "1", "--thread", "whoami", *REASON)
    me = pwd.getpwuid(os.getuid()).pw_name
    assert "whoami" in {act["target"] for act in _acts(oa, me)}


def test_the_migration_of_the_local_stack_is_on_record(oa: Oa):
    acts = [json.loads(line) for line in oa.ok("audit", "export").splitlines()]
    assert (acts[0]["act"], acts[0]["target"]) == ("schema.migrate", "0009")


def _acts(oa: Oa, actor: str) -> list[dict[str, Any]]:
    shown: dict[str, list[dict[str, Any]]] = json.loads(
        oa.ok("audit", "show", "--json", "--actor", actor)
    )
    return shown["acts"]
