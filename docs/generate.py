"""Write the pages that are printed from tables of the code: `python -m docs.generate [--check]`.

A page is a pure function of the tables. `--check` writes nothing and exits with 1 when a page on
disk is not what its table says.
"""

import ast
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from docs import words
from docs.commands_page import commands
from docs.compose_file import compose
from docs.ds_published import PUBLISHED
from docs.figures import readme
from docs.metrics_page import metrics
from docs.openapi import document
from docs.openapi import events as event_schemas
from docs.page import page as _page
from docs.page import table as _table
from docs.refusals import refusals
from helm import generate as chart
from runtime_app.config import SETTINGS, Setting
from runtime_app.ds.catalog import SIGNATURES
from runtime_app.ds.facts import schema_files
from runtime_app.events.catalog import CATALOG, EventSpec
from runtime_app.events.event import Event
from runtime_app.providers import outcome
from runtime_app.resilience.breaker import BREAKER
from runtime_app.runs.status import RUN, ReasonClass
from runtime_app.spend.reservation import RESERVATION
from runtime_app.state_machine import Machine
from runtime_app.streaming.event_mapper import parts
from runtime_app.tools.status import TOOL_TASK

DOCS = Path(__file__).parent
DECIDE = DOCS.parent / "runtime_app" / "executor" / "decide.py"
MACHINES = (RUN, TOOL_TASK, BREAKER, RESERVATION)

_SAMPLES: Mapping[str, Any] = {
    "id": "x",
    "text": "x",
    "enum": "x",
    "int": 1,
    "bool": True,
    "list": [],
}
#: Events whose parts depend on a field: the values that make a difference.
_VARIANTS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "run.finished": ("status", ("completed", "failed", "canceled")),
    "tool.result": ("status", ("succeeded", "failed", "denied")),
}


def main(argv: list[str]) -> int:
    """Write every page, or check them; the exit code. The chart's files go with them."""
    if argv == ["--check"]:
        old = stale(DOCS)
        if old:
            sys.stderr.write(f"stale: {', '.join(old)}; run `make docs`\n")
        return max(chart.main(argv), 1 if old else 0)
    if argv:
        sys.stderr.write("usage: python -m docs.generate [--check]\n")
        return 2
    for name in stale(DOCS):
        (DOCS / name).parent.mkdir(parents=True, exist_ok=True)
        (DOCS / name).write_text(PAGES[name](), encoding="utf-8")
        sys.stdout.write(f"written: docs/{name}\n")
    return chart.main(argv)


def stale(folder: Path) -> list[str]:
    """The names of the pages in `folder` that differ from their tables, or are missing."""
    return [name for name, page in PAGES.items() if _text(folder / name) != page()]


def _text(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None


# -- EVENTS.md ------------------------------------------------------------------------------------


def events() -> str:
    """The event catalogue."""
    rows = [_event_row(name, spec) for name, spec in CATALOG.items()]
    return _page(
        "Events",
        ("runtime_app/events/catalog.py",),
        words.EVENTS,
        _table(("type", "class", "written by", "payload", "asks for", "in `ai-sdk`"), rows),
        "## Retention classes",
        _table(("class", "meaning"), ((f"`{c.value}`", t) for c, t in words.RETENTION.items())),
    )


def _event_row(name: str, spec: EventSpec) -> tuple[str, ...]:
    fields = ", ".join(f"`{field}` {kind}" for field, kind in spec.fields.items())
    wakes = ", ".join(f"`{job.kind}`" for job in spec.wakes)
    sent = ", ".join(f"`{part}`" for part in part_types(name))
    title = f"`{name}`" if spec.version == 1 else f"`{name}` v{spec.version}"
    return title, f"`{spec.retention.value}`", spec.writer, fields, wakes, sent


def part_types(event_type: str) -> list[str]:
    """The types of the stream parts that an event may become, each once."""
    field, values = _VARIANTS.get(event_type, ("", ("",)))
    found: dict[str, None] = {}
    for value in values:
        payload = {
            name: _SAMPLES.get(kind.rstrip("?"), {})
            for name, kind in CATALOG[event_type].fields.items()
        } | ({field: value} if field else {})
        event = Event(1, event_type, 1, payload, None)  # type: ignore[arg-type]
        found |= dict.fromkeys(part["type"] for part in parts("run", event))
    return list(found)


# -- STATE_MACHINES.md ----------------------------------------------------------------------------


def state_machines() -> str:
    """Every state machine as a diagram."""
    sections = [section for machine in MACHINES for section in _machine(machine)]
    return _page(
        "State machines",
        (
            "runtime_app/runs/status.py",
            "runtime_app/tools/status.py",
            "runtime_app/resilience/breaker.py",
            "runtime_app/spend/reservation.py",
        ),
        words.STATE_MACHINES,
        *sections,
    )


def _machine(machine: Machine) -> tuple[str, ...]:
    terminal = ", ".join(f"`{state}`" for state in machine.states if state in machine.terminal)
    return (
        f"## {machine.name.capitalize()}",
        f"```mermaid\n{machine.to_mermaid()}\n```",
        f"Begins in `{machine.initial}`. Terminal: {terminal or 'none'}.",
        _table(
            ("state", "meaning"),
            ((f"`{state}`", words.STATES[machine.name][state]) for state in machine.states),
        ),
    )


# -- SETTINGS.md ----------------------------------------------------------------------------------


def settings() -> str:
    """Every setting."""
    return _page(
        "Settings",
        ("runtime_app/config/table.py",),
        words.SETTINGS,
        _table(("setting", "default", "meaning", "value"), map(_setting_row, SETTINGS)),
        "## Of the local stack",
        words.LOCAL_SETTINGS,
        _table(
            ("setting", "default", "meaning"),
            ((f"`{n}`", f"`{d}`", m) for n, d, m in words.LOCAL),
        ),
        "## Told to the roles",
        words.TOLD_SETTINGS,
        _table(("setting", "meaning"), ((f"`{n}`", m) for n, m in words.TOLD)),
    )


def _setting_row(setting: Setting) -> tuple[str, ...]:
    default = "required" if setting.default is None else f"`{setting.default}`"
    value = _rule(setting) + (f" For {', '.join(setting.roles)}." if setting.roles else "")
    value += " Secret." if setting.secret else ""
    return f"`{setting.name}`", default if setting.default != "" else "", setting.doc, value.strip()


def _rule(setting: Setting) -> str:
    """What a setting says of a value that it does not take: its rule, in its own words."""
    try:
        setting.read("\x00")
    except ValueError as refusal:
        rule = str(refusal)
        return f"{rule[0].upper()}{rule[1:]}." if rule.startswith("must") else ""
    return ""


# -- ERRORS.md ------------------------------------------------------------------------------------


def error_codes() -> str:
    """Every error that a caller may see, and why runs and model calls end."""
    rows = [
        (row.status, f"`{row.code}`", "yes" if row.retryable else "no", row.meaning)
        for row in refusals()
    ]
    reasons = ((f"`{reason.value}`", words.REASONS[reason]) for reason in ReasonClass)
    return _page(
        "Errors",
        (
            "runtime_app/errors.py",
            "web/errors.py",
            "runtime_app/runs/status.py",
            "runtime_app/providers/outcome.py",
        ),
        words.ERRORS,
        _table(("status", "code", "retry", "when"), rows),
        "## Why a run ends",
        words.ENDS,
        _table(("reason class", "when"), reasons),
        "## How a model call fails",
        words.CALL_FAILURES,
        "\n".join(line for line in (outcome.__doc__ or "").splitlines() if line.startswith("|")),
    )


# -- DECISIONS.md ---------------------------------------------------------------------------------


def decisions() -> str:
    """The executor's rules in their order, as they stand in the source."""
    rows = []
    for number, (name, when, then) in enumerate(rules(), 1):
        rows.append((number, name, f"`{when}`", f"`{then}`", words.ACTIONS[then]))
    return _page(
        "Decisions",
        ("runtime_app/executor/decide.py",),
        words.DECISIONS,
        _table(("", "rule", "holds when", "action", "what happens"), rows),
    )


def rules() -> Iterator[tuple[str, str, str]]:
    """Name, condition and action of every rule, as source text."""
    tree = ast.parse(DECIDE.read_text(encoding="utf-8"))
    table = next(
        node.value
        for node in tree.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "RULES"
    )
    assert isinstance(table, ast.Tuple)
    for rule in table.elts:
        assert isinstance(rule, ast.Call)
        name, when, then = rule.args
        assert isinstance(name, ast.Constant)
        assert isinstance(when, ast.Lambda)
        yield str(name.value), ast.unparse(when.body), ast.unparse(then)


def _schema_file(event_type: str) -> str:
    return _written(event_schemas.file(event_type))


def _written(schema: Mapping[str, Any]) -> str:
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


PAGES: Mapping[str, Callable[[], str]] = {
    "EVENTS.md": events,
    "STATE_MACHINES.md": state_machines,
    "SETTINGS.md": settings,
    "ERRORS.md": error_codes,
    "DECISIONS.md": decisions,
    "openapi-internal-v1.yaml": document.written,
    **{f"schemas/events/{name}.json": partial(_schema_file, name) for name in CATALOG},
    **{
        f"schemas/ds/{name}": partial(_written, schema)
        for signature in SIGNATURES.values()
        for name, schema in schema_files(signature).items()
    },
    **{f"schemas/ds/{name}.json": partial(_written, each) for name, each in PUBLISHED.items()},
    "METRICS.md": metrics,
    "COMMANDS.md": commands,
    "../docker-compose.yml": compose,
    "../README.md": readme,
}

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
