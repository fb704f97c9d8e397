"""Every module is reached from where a process begins: what nobody starts is not kept."""

import ast
from functools import cache
from pathlib import Path

import grimp
import pytest

from tests.architecture.sources import PROJECT, nodes, text

PACKAGES = ("runtime_app", "tasks", "web")

#: Where processes begin, and the file and words that start them there.
ENTRIES = {
    "runtime_app.__main__": ("setup.cfg", "oa-runtime = runtime_app.__main__:main"),
    "runtime_app.dispatch.transport": (
        "runtime_app/dispatch/celery.py",
        '"runtime_app.dispatch.transport:Transport"',
    ),
    "runtime_app.local.guard": ("runtime_app/local/guard.py", '"-m", "runtime_app.local.guard"'),
    "runtime_app.artifacts.apart": (
        "runtime_app/artifacts/apart.py",
        '"-m", "runtime_app.artifacts.apart"',
    ),
    "tasks.app": ("runtime_app/roles.py", "tasks.app"),
    "tasks.schedule": ("runtime_app/roles.py", "tasks.schedule"),
    "web.gunicorn_conf": ("runtime_app/roles.py", "python:web.gunicorn_conf"),
    "web.server": ("web/gunicorn_conf.py", 'worker_class = "web.server.EnvelopeWorker"'),
    "web.wsgi": ("runtime_app/roles.py", "web.wsgi:app"),
}
#: Files that are started or read without being modules of a package.
OUTSIDE = ("beat_schedule.py",)


@cache
def graph() -> grimp.ImportGraph:
    return grimp.build_graph(*PACKAGES, cache_dir=None)


def celery_imports() -> set[str]:
    """The task modules that tasks/settings.py names for Celery to import."""
    for node in nodes(Path("tasks/settings.py")):
        if isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                if isinstance(key, ast.Constant) and key.value == "imports":
                    return set(ast.literal_eval(value))
    raise AssertionError("tasks/settings.py names no imports")


def cli_commands() -> set[str]:
    """The modules that the command line imports when a verb is asked for."""
    for node in nodes(Path("runtime_app/cli/__init__.py")):
        if isinstance(node, ast.AnnAssign) and getattr(node.target, "id", "") == "COMMANDS":
            rooms = ast.literal_eval(node.value or ast.Dict([], [])).values()
            return {f"runtime_app.cli.{room}" for room in rooms}
    raise AssertionError("runtime_app/cli/__init__.py has no COMMANDS")


def reached() -> set[str]:
    """All modules that the entries import, with the packages that they are in."""
    found: set[str] = set()
    outside = set().union(*map(imports_of, OUTSIDE))
    for entry in (*ENTRIES, *celery_imports(), *cli_commands(), *outside):
        found |= {entry} | graph().find_upstream_modules(entry)
    for module in tuple(found):
        while module := module.rpartition(".")[0]:
            found.add(module)
    return found


def imports_of(file: str) -> set[str]:
    """What a file outside the packages imports of them."""
    named = {
        name
        for node in nodes(Path(file))
        if isinstance(node, ast.ImportFrom)
        for name in (node.module, *(f"{node.module}.{alias.name}" for alias in node.names))
    }
    return named & set(graph().modules)


@pytest.mark.parametrize(("entry", "start"), ENTRIES.items(), ids=lambda each: str(each))
def test_an_entry_is_started_by_what_it_says(entry, start):
    file, words = start
    assert entry in graph().modules
    assert words in text(Path(file))


def test_every_module_is_reached_from_an_entry():
    assert sorted(set(graph().modules) - reached()) == []


def test_every_file_is_in_the_graph():
    """A file that the graph leaves out would be an orphan unseen."""
    listed = {
        ".".join(path.relative_to(PROJECT).with_suffix("").parts).removesuffix(".__init__")
        for package in PACKAGES
        for path in (PROJECT / package).rglob("*.py")
    }
    assert sorted(listed - set(graph().modules)) == []


def test_every_query_file_is_loaded_by_a_module_beside_it():
    for package in PACKAGES:
        for path in (PROJECT / package).rglob("*.sql"):
            sources = "".join(beside.read_text() for beside in path.parent.glob("*.py"))
            loads = "beside(__file__)" if path.stem == "queries" else f'"{path.name}"'
            assert loads in sources or f'"{path.stem}"' in sources, path
