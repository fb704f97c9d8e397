"""`runs verify` and `runs export`: whether a log is what it was; a copy that others can check."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import IO

import click

from runtime_app.anchors import export as lines_of
from runtime_app.anchors.integrity import Finding, Start, check, start_of
from runtime_app.anchors.places import Doubtful
from runtime_app.bootstrap.anchors import anchors_of
from runtime_app.cli.settings import configured, database
from runtime_app.errors import RuntimeFault
from runtime_app.events.log import head


class CannotSay(click.ClickException):
    """Neither yes nor no."""

    exit_code = 3


class _Start(click.ParamType[Start]):
    name = "SEQ|checkpoint"

    def convert(
        self, value: str | Start, param: click.Parameter | None, ctx: click.Context | None
    ) -> Start:
        try:
            return start_of(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)


@click.command()
@click.argument("run_id")
@click.option(
    "--from",
    "start",
    default=1,
    type=_Start(),
    show_default=True,
    help="Trust what lies before this seq, or before the newest anchor.",
)
@click.pass_obj
def verify(environ: Mapping[str, str], run_id: str, start: Start) -> None:
    """Check a run's hash chain and its newest anchor.

    Exit code 1 when it does not hold, 3 when nobody can say.
    """
    with _saying_so():
        config = configured(environ)
        anchors = anchors_of(config)
        db = database(config)
        if head(db, run_id) is None:
            raise CannotSay(f"there is no run {run_id!r}")
        finding = check(db, anchors, run_id, start)
    verdict = finding.verdict
    if verdict.broken is not None:
        raise click.ClickException(f"broken at seq {verdict.broken.seq}: {verdict.broken.reason}")
    click.echo(
        f"chain verified: events {verdict.checked_from} to {verdict.checked_to}, "
        f"head {verdict.head}"
    )
    if finding.doubt:
        raise CannotSay(f"whether this is the log that was anchored: {finding.doubt}")
    click.echo(_anchored(finding, kept=anchors is not None))


@click.command()
@click.argument("run_id")
@click.option(
    "--output",
    default="-",
    type=click.File("wb", atomic=True),
    help="The file to write, whole or not at all; without it, standard output.",
)
@click.option("--without-anchors", is_flag=True, help="Leave them out, if they cannot be read.")
@click.pass_obj
def export(
    environ: Mapping[str, str], run_id: str, output: IO[bytes], without_anchors: bool
) -> None:
    """Write a run with its hashes and anchors.

    As JSON lines, which docs/verify/ can check.
    """
    with _saying_so():
        config = configured(environ)
        anchors = None if without_anchors else anchors_of(config)
        for line in lines_of.export(database(config), anchors, run_id):
            output.write(line)


@contextmanager
def _saying_so() -> Iterator[None]:
    """Whatever keeps a question from being answered is told apart from a no."""
    try:
        yield
    except (RuntimeFault, Doubtful) as fault:
        raise CannotSay(str(fault)) from fault
    except click.ClickException as fault:
        raise CannotSay(fault.message) from fault


def _anchored(finding: Finding, *, kept: bool) -> str:
    if finding.anchored_to is not None:
        return f"anchored outside the database: events 1 to {finding.anchored_to}"
    return "not anchored yet" if kept else "not anchored: no OA_ARTIFACTS_URL or OA_ANCHOR_KEYS"
