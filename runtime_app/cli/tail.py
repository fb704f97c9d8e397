"""`runs tail`: a run's events as they come, read from the database."""

import json
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping

import click

from runtime_app.cli.run_facts import known
from runtime_app.cli.settings import configured, database
from runtime_app.clock import SystemClock
from runtime_app.db.listen import Listener
from runtime_app.errors import RuntimeFault
from runtime_app.events.channel import RUN_EVENTS
from runtime_app.runs import store
from runtime_app.sse import Decoder
from runtime_app.streaming.cursor import Wanted, resolve
from runtime_app.streaming.hub import Hub
from runtime_app.streaming.tailer import Reading, follow

_DAY_S = 86_400


@click.command(short_help="Print a run's events as they come.")
@click.argument("run_id")
@click.option(
    "--cursor", default=0, type=click.IntRange(min=0), show_default=True, help="Begin after it."
)
@click.option(
    "--format",
    "stream_format",
    default="text",
    type=click.Choice(["text", "native", "ai-sdk"]),
    show_default=True,
    help="A line an event, or the bytes of a stream as clients get them.",
)
@click.pass_obj
def tail(environ: Mapping[str, str], run_id: str, cursor: int, stream_format: str) -> None:
    """Print a run's events as they come, until the run ends.

    On a terminal a line is cut at its width; in a pipe it is whole.
    """
    config = configured(environ)
    db = database(config)
    run = known(store.get(db, run_id), run_id)
    try:
        start = resolve(Wanted(str(cursor)), floor_seq=run.floor_seq, latest_seq=run.latest_seq)
    except RuntimeFault as refused:
        raise click.BadParameter(str(refused), param_hint="--cursor") from refused
    hub = Hub(db)
    listener = Listener(config.database.direct_url, [RUN_EVENTS], hub.on_notify, hub.heal)
    listener.start()
    hub.start()
    sent_as = "native" if stream_format == "text" else stream_format
    reading = Reading(run_id, start, run.latest_seq, run.closed, sent_as, tail_s=_DAY_S)
    shown = _lines(_width()) if stream_format == "text" else _bytes
    for chunk in follow(hub, reading, SystemClock()):
        for text in shown(chunk):
            click.echo(text, nl=False)
    listener.stop()


def _bytes(chunk: bytes) -> Iterator[str]:
    yield chunk.decode()


def _lines(width: int | None) -> Callable[[bytes], Iterator[str]]:
    """A line an event, of what a native stream brings."""
    decoder = Decoder()

    def lines(chunk: bytes) -> Iterator[str]:
        for event in decoder.feed(chunk):
            told = json.loads(event.data)
            payload = json.dumps(told["payload"], ensure_ascii=False)
            time = told["occurredAt"][11:23]
            line = f"{told['seq']:>6}  {time}  {told['type']:<20}  {payload}"
            yield (line if width is None or len(line) <= width else line[: width - 1] + "…") + "\n"

    return lines


def _width() -> int | None:
    """How many columns the terminal has, or None when there is none."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None
