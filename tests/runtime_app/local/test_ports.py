"""Ports that were asked for, kept, or free."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from runtime_app.local import ports
from runtime_app.local.errors import StackError
from runtime_app.local.home import Home


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", ports.free_port())) as server:
        yield server.getsockname()[1]


def test_a_taken_port_names_its_setting_and_the_remedy(taken: int):
    with pytest.raises(StackError) as refusal:
        ports.asked_port(taken, "OA_PORT")

    assert f"port {taken} is taken (setting OA_PORT)" in str(refusal.value)
    assert "OA_PORT=0" in str(refusal.value)


def test_zero_takes_a_free_one_outside_the_outgoing_range():
    first_outgoing = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    port = ports.asked_port(0, "OA_PORT")

    assert ports.is_free(port)
    assert 1024 < port < first_outgoing


def test_a_kept_port_is_kept_while_it_is_free(tmp_path: Path):
    home = Home(tmp_path)
    first = ports.kept_port(home, "postgres")
    other = ports.kept_port(home, "broker")

    assert first != other
    assert ports.kept_port(home, "postgres") == first
    with socket.create_server(("127.0.0.1", first)):
        moved = ports.kept_port(home, "postgres")
    assert moved not in (first, other)
    assert ports.kept_port(home, "postgres") == moved
