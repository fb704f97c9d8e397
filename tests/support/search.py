"""Everything that a stack keeps, as bytes to be searched."""

import threading
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import redis
import requests

from tests.support.postgres import Session
from tests.support.secrets import forms
from tests.support.stack import RunningStack

Kept = Mapping[str, bytes]


def columns(owner: Session) -> dict[str, bytes]:
    """`schema.table.column` -> all its values, of every table that is ours."""
    found = owner.rows(
        "select table_schema, table_name, column_name from information_schema.columns"
        " join information_schema.tables using (table_schema, table_name)"
        " where table_type = 'BASE TABLE'"
        " and table_schema not in ('pg_catalog', 'information_schema')"
    )
    return {f"{s}.{t}.{c}": b"\n".join(_values(owner, s, t, c)) for s, t, c in found}


def _values(owner: Session, schema: str, table: str, column: str) -> Iterator[bytes]:
    for (value,) in owner.rows(f'select "{column}" from "{schema}"."{table}"'):
        yield bytes(value) if isinstance(value, memoryview) else str(value).encode()


@contextmanager
def heard_by_broker(url: str) -> Iterator[dict[str, bytes]]:
    """For the length of the block: every command that anybody sends to the broker, in the end."""
    heard: dict[str, bytes] = {}
    last = f"the last of {uuid.uuid4()}"
    with redis.Redis.from_url(url) as client, client.monitor() as monitor:

        def listen() -> None:
            commands = []
            for each in monitor.listen():
                if last in each["command"]:
                    break
                commands.append(each["command"].encode())
            heard["broker"] = b"\n".join(commands)

        ear = threading.Thread(target=listen)
        ear.start()
        try:
            yield heard
        finally:
            with redis.Redis.from_url(url) as speaker:
                speaker.echo(last)
            ear.join()


def logs(home: Path) -> dict[str, bytes]:
    """Role -> its log."""
    return {f"log {path.stem}": path.read_bytes() for path in sorted((home / "logs").iterdir())}


def metrics(stack: RunningStack) -> dict[str, bytes]:
    """Role -> its page of metrics."""
    found = {}
    for role in stack.state["roles"]:
        settings = Path(f"/proc/{stack.pid(role)}/environ").read_bytes().split(b"\0")
        ports = [each.partition(b"=")[2] for each in settings if each.startswith(b"OA_METRICS_P")]
        if ports and (port := int(ports[0])):
            address = f"http://127.0.0.1:{port}/metrics"
            found[role] = requests.get(address, timeout=5).content
    return found


def files(home: Path, pattern: str) -> bytes:
    """All files of that name below the home, put together."""
    return b"\n".join(path.read_bytes() for path in sorted(home.rglob(pattern)))


def hits(kept: Kept, secret: str) -> list[str]:
    """Where any form of the secret stands."""
    looks = list(forms(secret))
    return [place for place, content in kept.items() if any(look in content for look in looks)]
