"""An embedded broker that speaks Redis: own data, own password, loopback only."""

import os
from dataclasses import dataclass
from pathlib import Path

from runtime_app.local import broker_programs, leftovers
from runtime_app.local.home import Home
from runtime_app.local.ports import LOOPBACK
from runtime_app.local.probes import redis_ready

SETTINGS = {
    "bind": LOOPBACK,
    "protected-mode": "yes",
    "daemonize": "no",
    "appendonly": "yes",
    "appendfsync": "everysec",
    "save": '""',
    # Full means an error to the sender, never a message dropped in silence.
    "maxmemory-policy": "noeviction",
    # A title would overwrite the environment by which the process is known as ours.
    "set-proc-title": "no",
}


@dataclass(frozen=True)
class Broker:
    """A server that `prepared` has made ready to start."""

    home: Home
    program: Path
    port: int
    password: str

    @property
    def url(self) -> str:
        return f"redis://:{self.password}@{LOOPBACK}:{self.port}/0"

    @property
    def settings_file(self) -> Path:
        return self.home.broker / "broker.conf"

    def ready(self) -> bool:
        return redis_ready(self.port, self.password)

    def clear_leftovers(self) -> None:
        """End what a killed broker left behind; it would still hold the port."""
        leftovers.sweep(self.home, "broker")


def prepared(home: Home, port: int, password: str) -> Broker:
    """Find the program and write its settings.

    Raises:
        StackError: no suitable program.
    Effects: `{home}/broker/`; the settings hold the password and are 0600, so that no command line
        shows it.
    """
    home.broker.mkdir(mode=0o700, exist_ok=True)
    broker = Broker(home, broker_programs.find(), port, password)
    settings = {
        **SETTINGS,
        "port": str(port),
        "dir": f'"{home.broker}"',
        "requirepass": password,
    }
    descriptor = os.open(broker.settings_file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.writelines(f"{name} {value}\n" for name, value in settings.items())
    return broker
