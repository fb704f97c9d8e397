"""`runs fork`: begin a run where another one stood."""

import click

from runtime_app.cli.acting import Acting, act
from runtime_app.cli.settings import database
from runtime_app.clock import SystemClock
from runtime_app.errors import RuntimeFault
from runtime_app.events.event import Origin
from runtime_app.forks.fork import ForkRequest
from runtime_app.forks.fork import fork as fork_run


@click.command()
@click.argument("run_id")
@click.option("--at", "seq", type=click.IntRange(min=1), help="The last event that counts: a seq.")
@click.option("--model", help="Another model than the run's, as provider/name.")
@click.pass_obj
@act("run.fork")
def fork(acting: Acting, run_id: str, seq: int | None, model: str | None) -> None:
    """Begin a run where another one stood at a seq, or stands.

    Prints the new run's id. It belongs to the same owner and thread, and takes its turn there. At a
    seq at which a message waited or a turn was open, it is answered anew; else the new run waits
    for a message.
    """
    config = acting.config
    try:
        with database(config).transaction() as tx:
            now = SystemClock().now()
            started = fork_run(
                tx,
                run_id,
                ForkRequest(seq, model),
                config.defaults,
                now,
                Origin(),
                config.admission,
            )
            acting.record(
                tx, target=run_id, arguments={"at": seq}, after={"run_id": started.run_id}
            )
    except RuntimeFault as fault:
        told = [fault.message, *(detail.message for detail in fault.details)]
        raise click.ClickException("; ".join(told)) from fault
    click.echo(started.run_id)
