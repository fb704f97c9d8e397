"""From the table of roles to programs that a supervisor can run."""

import shutil
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from runtime_app.config import SETTINGS
from runtime_app.local import leftovers, probes
from runtime_app.local.broker import Broker
from runtime_app.local.home import Home
from runtime_app.local.ports import LOOPBACK, free_port
from runtime_app.local.postgres import Postgres, own_environ
from runtime_app.local.spawn import Program
from runtime_app.roles import DEPLOYED, Ready, Role


@dataclass(frozen=True)
class Wiring:
    """What every role of one stack shares.

    Args:
        project: the checkout; roles run there.
        environ: for every child, addresses and keys included; `for_role` says who gets which.
        model: what answers runs that name none.
    """

    home: Home
    project: Path
    environ: Mapping[str, str] = field(repr=False)
    model: str
    port: int
    page_port: int
    flower_port: int
    ops_port: int

    def port_of(self, role: str) -> int:
        """Where `role` serves; 0 where it does not."""
        serving = {"web": self.port, "page": self.page_port, "flower": self.flower_port}
        return serving.get(role, 0)


def for_application(roles: Sequence[Role], wiring: Wiring) -> list[Program]:
    """The programs of `roles`, with a metrics port for each that serves one."""
    taken: set[int] = {wiring.port, wiring.page_port, wiring.flower_port, wiring.ops_port}
    programs = []
    for role in roles:
        metrics_port = wiring.ops_port if role.name == "web" else 0
        if role.metrics_port and not metrics_port:
            metrics_port = free_port(frozenset(taken))
        taken.add(metrics_port)
        programs.append(for_role(role, wiring, metrics_port))
    return programs


def for_role(role: Role, wiring: Wiring, metrics_port: int = 0) -> Program:
    """The program of one role of ours, run in the project by the Python that runs this.

    It is given no secret that a deployment keeps from that role: what works here works there.

    Args:
        metrics_port: told to it in OA_METRICS_PORT; 0 where it has none.
    """
    home = wiring.home
    mark = home.ready_mark(role.name)
    values = {
        "python": sys.executable,
        "address": LOOPBACK,
        "port": wiring.port_of(role.name),
        "api": f"http://{LOOPBACK}:{wiring.port}",
        "model": wiring.model,
    }
    own = {"OA_READY_FILE": str(mark), "OA_METRICS_PORT": str(metrics_port)}
    counts = home.metrics(role.name) if role.counts_together else None
    if counts is not None:
        own["PROMETHEUS_MULTIPROC_DIR"] = str(counts)
    return Program(
        role=role.name,
        argv=role.argv(values),
        env={**_given(role.name, wiring.environ), **role.environ, **_marks(home, role.name), **own},
        cwd=wiring.project,
        log=home.log(role.name),
        ready=_probes(wiring, mark)[role.ready],
        before=partial(_clear, home, role.name, mark, counts),
        stop_signal=role.stop_signal,
        grace_s=role.grace_s,
        death_signal=signal.SIGKILL,
    )


def for_postgres(role: Role, postgres: Postgres, path: str) -> Program:
    return Program(
        role=role.name,
        argv=[*role.argv({"postgres": postgres.programs["postgres"]}), *postgres.arguments],
        env=own_environ(path) | _marks(postgres.home, role.name),
        cwd=Path("/"),
        log=postgres.home.log(role.name),
        ready=postgres.ready,
        before=postgres.clear_stale_pid,
        account=postgres.account.spelling,
        stop_signal=role.stop_signal,
        grace_s=role.grace_s,
        death_signal=role.stop_signal,
    )


def for_broker(role: Role, broker: Broker, path: str) -> Program:
    values = {"broker": broker.program, "broker_settings": broker.settings_file}
    return Program(
        role=role.name,
        argv=role.argv(values),
        env={"PATH": path, **_marks(broker.home, role.name)},
        cwd=broker.home.broker,
        log=broker.home.log(role.name),
        ready=broker.ready,
        before=broker.clear_leftovers,
        stop_signal=role.stop_signal,
        grace_s=role.grace_s,
        death_signal=role.stop_signal,
    )


def _given(role: str, environ: Mapping[str, str]) -> dict[str, str]:
    if role not in {each.name for each in DEPLOYED}:
        return dict(environ)
    withheld = {each.name for each in SETTINGS if each.secret and not each.is_for(role)}
    return {name: value for name, value in environ.items() if name not in withheld}


def _probes(wiring: Wiring, mark: Path) -> dict[Ready, Callable[[], bool]]:
    return {
        Ready.PAGE: partial(probes.page_ok, wiring.port, "/readyz"),
        Ready.MARK: partial(probes.mark_made, mark),
        Ready.PORT: partial(probes.port_open, wiring.flower_port),
        Ready.ENDS: lambda: True,
    }


def _clear(home: Home, role: str, mark: Path, counts: Path | None) -> None:
    """End what a killed role left behind (children that hold its port), its mark, its counts."""
    leftovers.sweep(home, role)
    mark.unlink(missing_ok=True)
    if counts is not None:
        shutil.rmtree(counts, ignore_errors=True)
        counts.mkdir(parents=True)


def _marks(home: Home, role: str) -> dict[str, str]:
    return {leftovers.HOME_MARK: str(home.path), leftovers.ROLE_MARK: role}
