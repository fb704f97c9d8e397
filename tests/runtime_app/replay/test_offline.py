"""While a replay goes on, nothing of the process gets to the network but the database's driver."""

import socket
import threading
from collections.abc import Callable

import pytest

from runtime_app.db.database import Database
from runtime_app.replay.offline import NetworkRefused, offline
from runtime_app.replay.sources import stored
from tests.support.runs import ended_run


def _send() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
        out.sendto(b"hello", ("127.0.0.1", 9))


@pytest.mark.parametrize(
    "reach",
    [
        lambda: socket.create_connection(("127.0.0.1", 9)),
        lambda: socket.getaddrinfo("localhost", 80),
        _send,
    ],
    ids=["connect", "resolve", "send"],
)
def test_the_network_is_refused_and_comes_back(reach: Callable[[], object]):
    with offline(), pytest.raises(NetworkRefused, match="may not reach for the network"):
        reach()
    socket.getaddrinfo("localhost", 80)


def test_it_is_refused_to_every_thread():
    refused: list[Exception] = []

    def look() -> None:
        try:
            socket.create_connection(("127.0.0.1", 9))
        except NetworkRefused as error:
            refused.append(error)

    with offline():
        thread = threading.Thread(target=look)
        thread.start()
        thread.join()
    assert len(refused) == 1


def test_the_database_is_read_all_the_same(db: Database):
    run_id = ended_run(db)
    with offline():
        assert [event.seq for event in stored(db, run_id).events] == [1, 2]
