"""`runs replay`: take a log through the core again, as it was or as it would be now."""

import json
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import replace as replaced
from pathlib import Path

import click

from runtime_app.bootstrap.registry import registry_of
from runtime_app.bootstrap.sanitizer import sanitizer_of
from runtime_app.cli.settings import configured
from runtime_app.config import Config
from runtime_app.db.database import Database
from runtime_app.dispatch.dispatcher import NoDispatcher
from runtime_app.errors import RuntimeFault
from runtime_app.executor.prompt import PromptBuilder
from runtime_app.replay import frozen, live, sources
from runtime_app.replay.comparison import Comparison, Release
from runtime_app.replay.frozen import Verdict
from runtime_app.replay.offline import offline
from runtime_app.replay.sources import NotAnExport, Source


class CannotReplay(click.ClickException):
    """There is nothing that could be replayed; neither yes nor no."""

    exit_code = 2


@click.command()
@click.argument("run_id", required=False)
@click.option("--frozen", "mode", flag_value="frozen", help="Every decision as it was recorded?")
@click.option("--live", "mode", flag_value="live", help="What this release would do otherwise.")
@click.option(
    "--file", type=click.Path(path_type=Path), help="An exported run, instead of the database."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def replay(
    ctx: click.Context,
    run_id: str | None,
    mode: str | None,
    file: Path | None,
    as_json: bool,
) -> None:
    """Take a run's log through the core again.

    With what models and tools have answered. Nothing is written, no model and no tool is called,
    and the network is refused meanwhile.

    Exit code 1 when there is a difference, 2 when there is nothing to replay.
    """
    if mode is None:
        raise click.UsageError("Say --frozen or --live.")
    if (run_id is None) == (file is None):
        raise click.UsageError("Name a run, or a file with --file.")
    environ: Mapping[str, str] = ctx.obj
    with _saying_so(), _log(environ, run_id, file) as (source, config):
        if mode == "frozen":
            sanitizer = None if config is None else sanitizer_of(config)
            with offline():
                verdict = frozen.replay(source.run_id, source.events, sanitizer)
            facts, told, same = verdict.facts, _verdict(verdict), verdict.divergence is None
        else:
            release = _release(config or configured(environ))
            with offline():
                comparison = live.compare(source.run_id, source.events, release)
            facts, told, same = comparison.facts, _told(comparison), not comparison.differences
    click.echo(json.dumps(facts, indent=2, ensure_ascii=False) if as_json else told)
    ctx.exit(0 if same else 1)


@contextmanager
def _log(
    environ: Mapping[str, str], run_id: str | None, file: Path | None
) -> Iterator[tuple[Source, Config | None]]:
    """The log to read, and the settings where the database was asked."""
    if file is not None:
        with file.open("rb") as lines:
            yield sources.exported(lines), None
        return
    assert run_id is not None
    config = configured(environ)
    settings = replaced(config.database, read_only=True)
    with closing(Database(settings, NoDispatcher(), sanitizer_of(config))) as db:
        yield sources.stored(db, run_id), config


@contextmanager
def _saying_so() -> Iterator[None]:
    """Whatever keeps a log from being replayed is told apart from a difference."""
    try:
        yield
    except (RuntimeFault, NotAnExport, OSError) as fault:
        raise CannotReplay(str(fault)) from fault
    except click.ClickException as fault:
        raise CannotReplay(fault.message) from fault


def _release(config: Config) -> Release:
    sanitizer = sanitizer_of(config)
    return Release(
        config.defaults.code_version,
        config.defaults.caps,
        PromptBuilder(config.system_prompt, config.abilities.budgets, sanitizer),
        registry_of(config, sanitizer),
    )


def _verdict(verdict: Verdict) -> str:
    if verdict.divergence is not None:
        return f"diverges: {verdict.divergence}"
    return f"zero differences: {verdict.decisions} decisions, up to seq {verdict.to_seq}"


def _told(comparison: Comparison) -> str:
    end = f"recorded {comparison.recorded_end}, replayed {comparison.replayed_end}"
    lines = [f"{len(comparison.differences)} differences up to seq {comparison.to_seq}: {end}"]
    return "\n".join([*lines, *(f"  {each}" for each in comparison.differences)])
