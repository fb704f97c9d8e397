"""RUNTIME_CONTRACT.md and the code say the same: routes, errors, parts, limits, the token."""

import base64
import hashlib
import hmac
import re

import pytest
from flask import Flask

from docs.generate import part_types
from runtime_app.bootstrap.web import WebRuntime
from runtime_app.canonical import MAX_DEPTH, MAX_KEYS, MAX_STRING_BYTES
from runtime_app.config import Config
from runtime_app.errors import RuntimeFault
from runtime_app.executor.inference import MAX_CALLS
from runtime_app.executor.loops import PATTERNS
from runtime_app.providers.model_script import SCRIPTS, parse_script
from runtime_app.runs.admission import ON_BUSY, AdmissionLimits, TaskLimits
from runtime_app.runs.caps import Caps
from runtime_app.runs.slots import SlotLimits
from runtime_app.security.key_ring import SCOPES
from runtime_app.security.tokens import MAX_LIFETIME_S, MAX_TOKEN_BYTES
from runtime_app.streaming.event_mapper import MAPPED
from runtime_app.streaming.readers import StreamLimits
from tests.docs.markdown import document
from tests.support.sanitizer import KEYS
from web.app import create_app
from web.blueprints.threads import MAX_RUNS
from web.limits import MAX_HEADERS_BYTES, MAX_URI_BYTES
from web.policy import PREFIX
from web.schemas.runs import EventsQuery
from web.schemas.stream import MAX_TAIL_MS

CONTRACT = document("docs/RUNTIME_CONTRACT.md")


@pytest.fixture(scope="module")
def app() -> Flask:
    """The application over settings that lead nowhere; nothing connects."""
    config = Config.from_env(
        {
            "DATABASE_URL": "postgresql://nowhere/none",
            "OA_BROKER_URL": "redis://nowhere",
            "OA_SIGNING_KEYS": "k:0123456789abcdef",
            "OA_SANITIZER_KEYS": KEYS,
        }
    )
    return create_app(WebRuntime.build(config))


def test_every_signed_route_has_its_section_and_every_section_its_route(app: Flask) -> None:
    braces = str.maketrans("<>", "{}")
    routes = {
        f"{method} {rule.rule.removeprefix(PREFIX).translate(braces)}"
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith(PREFIX)
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }
    sections = {title for title in CONTRACT.headings() if re.match(r"[A-Z]+ /", title)}
    assert sections == routes


def test_the_error_table_is_that_of_the_printed_page() -> None:
    printed = {(int(row[0]), row[1]) for row in document("docs/ERRORS.md").rows("status")}
    told = {(int(row[0]), row[1]) for row in CONTRACT.rows("status")}
    assert told == printed


def test_the_printed_errors_are_those_that_the_tree_can_raise() -> None:
    printed = {(int(row[0]), row[1]) for row in document("docs/ERRORS.md").rows("status")}
    leaves = {(fault.status_hint, f"`{fault.code}`") for fault in _leaves(RuntimeFault)}
    assert leaves <= printed


def _leaves(fault: type[RuntimeFault]) -> list[type[RuntimeFault]]:
    below = fault.__subclasses__()
    return [leaf for child in below for leaf in _leaves(child)] if below else [fault]


def test_the_table_of_parts_is_what_the_mapper_does() -> None:
    told: dict[str, set[str]] = {}
    for events, parts in CONTRACT.rows("event"):
        for event in re.findall(r"`([\w.]+)`", events):
            named = {part.split()[0] for part in re.findall(r"`([^`]+)`", parts)}
            told.setdefault(event, set()).update(named - {"[DONE]"})
    assert told == {event: set(part_types(event)) for event in MAPPED}


def test_the_scopes_are_those_of_the_code() -> None:
    section = CONTRACT.text.partition("### Operators")[2].partition("###")[0]
    assert set(re.findall(r"`(\w+:\w+)`", section)) == SCOPES


def test_the_limits_are_those_of_the_code(app: Flask) -> None:
    config = app.extensions["runtime"].config
    told = {row[0]: row[1] for row in CONTRACT.rows("what")}
    caps = Caps()
    page = EventsQuery().fields["limit"].validate
    assert told == {
        "body": "262144 bytes (`OA_MAX_BODY_BYTES`)",
        "path and query": f"{MAX_URI_BYTES} bytes",
        "headers, together": f"{MAX_HEADERS_BYTES} bytes",
        "token": f"{MAX_TOKEN_BYTES} bytes",
        "token's life": f"{MAX_LIFETIME_S} s",
        "time for a body": f"{config.body_within_s:g} s (`OA_BODY_WITHIN_S`)",
        "JSON": f"{MAX_DEPTH} levels, {MAX_KEYS} keys, {MAX_STRING_BYTES} bytes in a string",
        "failed signatures of an address": (
            f"{config.max_failed_signatures} a minute (`OA_MAX_FAILED_SIGNATURES`)"
        ),
        "tail_ms": f"{MAX_TAIL_MS}",
        "page of events": f"{page.max}",
        "runs in a thread's state": f"{MAX_RUNS}",
        "tool calls in one answer of a model": f"{MAX_CALLS}",
        "a run's caps": (
            f"{caps.steps} steps, {caps.wall_clock_s} s active, {caps.tokens} tokens, "
            f"{caps.model_calls} model calls, {caps.tool_calls} tool calls, unless set"
        ),
    }


def test_the_example_of_the_token_holds() -> None:
    section = CONTRACT.text.partition("An example, with the secret `test-secret`")[2]
    claims = re.search(r"```json\n(.+?)\n```", section)
    told = re.search(r"give S = `(\S+)`", section)
    assert claims is not None
    assert told is not None
    body = base64.urlsafe_b64encode(claims[1].encode()).rstrip(b"=")
    mac = hmac.new(b"test-secret", body, hashlib.sha256).digest()
    assert base64.urlsafe_b64encode(mac).rstrip(b"=").decode() == told[1]


def test_every_scripted_model_is_listed_and_every_listed_one_can_be_asked_for() -> None:
    listed = [row[0].strip("`").removeprefix("scripted/") for row in CONTRACT.rows("id")]
    assert [parse_script(model).name for model in listed] == list(SCRIPTS)


def test_the_patterns_of_loops_are_those_of_the_code() -> None:
    rows = {row[0].strip("`"): (int(row[2]), int(row[3])) for row in CONTRACT.rows("pattern")}
    assert rows == {each.name: (each.warning, each.critical) for each in PATTERNS}


def test_the_admission_limits_are_those_of_the_code() -> None:
    told = {row[0].strip("`"): int(row[1]) for row in CONTRACT.rows("limit")}
    runs, streams, tasks = AdmissionLimits(), StreamLimits(), TaskLimits()
    assert told == {
        "runs_per_owner": runs.runs_per_owner,
        "waiting_per_thread": runs.waiting_per_thread,
        "frames_per_run": runs.frames_per_s,
        "streams_per_run": streams.per_run,
        "streams_per_owner": streams.per_owner,
        "streams_per_process": streams.per_process,
    }
    section = CONTRACT.text.partition("### Admission")[2].partition("\n## ")[0]
    slots = SlotLimits()
    assert f"({tasks.per_run} queued or running of one run)" in section
    assert f"({tasks.in_all} in all)" in section
    at_work = f"{slots.thread} of a thread, {slots.owner} of an owner, {slots.autopilot} of an"
    assert at_work in " ".join(section.split())
    assert f"{slots.provider} of a provider" in " ".join(section.split())
    assert {row[0].strip("`") for row in CONTRACT.rows("thread is busy")} == set(ON_BUSY)
