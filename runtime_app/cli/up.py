"""`up` and `down`: the local stack."""

import sys
from collections.abc import Mapping

import click

from runtime_app.clock import SystemClock
from runtime_app.local import background, launch, lock, probes
from runtime_app.local.errors import AlreadyRunning, StackError, StopRequested
from runtime_app.local.settings import LocalSettings
from runtime_app.local.stack import StackState
from runtime_app.local.supervisor import Died, Happening, Ready, Started

_INTERRUPTED = 130


@click.command()
@click.option("--detach", is_flag=True, help="Start it in the background; return when it is up.")
@click.pass_obj
def up(environ: Mapping[str, str], detach: bool) -> None:
    """Run the whole stack on this machine; Ctrl-C stops it."""
    try:
        settings = LocalSettings.from_environ(environ)
        if detach:
            _detached(settings, environ)
        else:
            launch.run(
                settings,
                environ,
                tell=_tell,
                up=lambda state: _show(state, settings, "Ctrl-C stops it."),
            )
            click.echo("Stopped; the data stays.")
    except AlreadyRunning as running:
        _show_other(running, settings)
    except StopRequested:
        sys.exit(_INTERRUPTED)
    except StackError as error:
        raise click.ClickException(str(error)) from error


@click.command()
@click.pass_obj
def down(environ: Mapping[str, str]) -> None:
    """Stop the local stack, wherever it was started."""
    try:
        home = LocalSettings.from_environ(environ).home
        stopped = background.stop(home, SystemClock())
    except StackError as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"Stopped the stack in {home.path}." if stopped else "No stack was running.")


def _detached(settings: LocalSettings, environ: Mapping[str, str]) -> None:
    state = background.running(settings.home)
    if state is None:
        argv = [sys.executable, "-m", "runtime_app", "up"]
        state = background.start(settings.home, argv, environ, SystemClock())
    _show(state, settings, "It runs in the background; `make down` stops it.")


def _tell(happening: Happening) -> None:
    match happening:
        case Ready(role, pid, after_s):
            mark = click.style("up", fg="green")
            click.echo(f"  {mark}    {role:<20} pid {pid}, after {after_s:.1f} s")
        case Died(role, how, again_in_s):
            mark = click.style("died", fg="red")
            click.echo(f"  {mark}  {role:<20} {how}; starting it again in {again_in_s:g} s")
        case Started():
            pass


def _show(state: StackState, settings: LocalSettings, ending: str) -> None:
    home = settings.home
    ops_port = int(state.ops_url.rpartition(":")[2])
    rows = {
        "Chat": f"{state.page_url} (a page to try it, for development only)",
        "API": state.base_url,
        "Metrics": f"{state.ops_url}/metrics" if probes.port_open(ops_port) else "",
        "Flower": f"{state.flower_url} (user {state.flower_user}, "
        f"password {state.flower_password})",
        "Logs": str(home.log("web").parent),
        "State": f"{home.state} (addresses, keys, process ids)",
        "Model": settings.model_in_words,
    }
    click.secho("\nThe stack is up.", bold=True)
    for name, value in rows.items():
        if value:
            click.echo(f"  {name:<8} {value}")
    click.echo(f"\nOpen {state.page_url} and type, or, from another terminal:\n\n    make demo\n")
    click.echo(ending)


def _show_other(running: AlreadyRunning, settings: LocalSettings) -> None:
    """A second `up` on one home says where the first is."""
    home = settings.home
    click.echo(f"A stack is already running in {home.path} (pid {running.pid}).")
    state = background.wait_up(
        home,
        SystemClock(),
        within_s=background.STARTED_WITHIN_S,
        alive=lambda: lock.is_held(home),
    )
    if state is None:
        raise click.ClickException("it has ended meanwhile; start again")
    _show(state, settings, "`make down` stops it.")
