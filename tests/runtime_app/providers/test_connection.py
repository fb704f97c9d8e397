import socket
import threading

import pytest

from runtime_app.providers.connection import Connection


class NetworkStream:
    """What the HTTP library reports of a connection it made."""

    def __init__(self, connected):
        self._connected = connected

    def get_extra_info(self, name):
        return {"socket": self._connected}[name]


@pytest.fixture
def pair():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


def sent(connection):
    connection.trace("http11.send_request_headers.started", {})


def connected(ours):
    return "connection.connect_tcp.complete", {"return_value": NetworkStream(ours)}


def test_cutting_wakes_a_thread_that_is_reading(pair):
    ours, theirs = pair
    connection = Connection(on_sending=lambda: None)
    connection.trace(*connected(ours))
    got = []
    reader = threading.Thread(target=lambda: got.append(ours.recv(1)))
    reader.start()
    connection.cut()
    reader.join(1.0)
    assert got == [b""]
    assert theirs.recv(1) == b""


def test_a_connection_made_after_the_cut_is_cut_at_once(pair):
    ours, theirs = pair
    connection = Connection(on_sending=lambda: None)
    connection.cut()
    connection.trace(*connected(ours))
    assert theirs.recv(1) == b""


def test_the_tls_layer_replaces_the_plain_socket(pair):
    ours, theirs = pair
    plain = socket.socket()
    connection = Connection(on_sending=lambda: None)
    connection.trace(*connected(plain))
    plain.close()
    connection.trace("connection.start_tls.complete", {"return_value": NetworkStream(ours)})
    connection.cut()
    assert theirs.recv(1) == b""


def test_cutting_is_harmless_before_twice_and_after_the_end(pair):
    ours, theirs = pair
    connection = Connection(on_sending=lambda: None)
    connection.cut()
    connection.trace(*connected(ours))
    connection.cut()
    theirs.close()
    ours.close()
    connection.cut()


def test_sending_is_reported_once_the_request_goes_out(pair):
    ours, _ = pair
    reports = []
    connection = Connection(on_sending=lambda: reports.append("sending"))
    connection.trace(*connected(ours))
    assert reports == []
    connection.trace("http11.send_request_headers.started", {})
    connection.trace("http11.receive_response_headers.started", {})
    assert reports == ["sending"]


def test_what_is_asked_of_a_proxy_is_not_the_request(pair):
    ours, theirs = pair
    sending = []
    connection = Connection(on_sending=lambda: sending.append(True), tunnelled=True)
    with socket.socket() as plain:
        connection.trace(*connected(plain))
        sent(connection)
        assert sending == []
    connection.trace("proxy.start_tls.complete", {"return_value": NetworkStream(ours)})
    sent(connection)
    assert sending == [True]
    connection.cut()
    assert theirs.recv(1) == b""
