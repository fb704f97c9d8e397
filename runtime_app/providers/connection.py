"""The one TCP connection of a call, held by its socket so that another thread can end it.

Closing a response does not wake a thread that is blocked in `recv`; shutting its socket down does,
and tells the provider at once. The HTTP library reports each connection it makes through its
`trace` extension, which is how the socket is known before a single byte has come back.
"""

import socket
import threading
from collections.abc import Callable, Mapping
from typing import Any

_TUNNELLED = "proxy.start_tls.complete"
_CONNECTED = {"connection.connect_tcp.complete", "connection.start_tls.complete", _TUNNELLED}
_SENDING = "http11.send_request_headers.started"


class Connection:
    """Follows one call's connection and cuts it on demand.

    Args:
        on_sending: called once the connection stands and the request goes out.
        tunnelled: whether a proxy is asked to connect first, which is a request as well.
    """

    def __init__(self, on_sending: Callable[[], object], *, tunnelled: bool = False) -> None:
        self._on_sending = on_sending
        self._stands = not tunnelled
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None
        self._cut = False

    def trace(self, event: str, info: Mapping[str, Any]) -> None:
        """The HTTP library's report of what it does, by the name of the step."""
        if event in _CONNECTED:
            with self._lock:
                self._socket = info["return_value"].get_extra_info("socket")
                if self._cut:
                    _shut_down(self._socket)
            self._stands = self._stands or event == _TUNNELLED
        elif event == _SENDING and self._stands:
            self._on_sending()

    def cut(self) -> None:
        """Shut the socket down, or the one that is still being connected as soon as it is."""
        with self._lock:
            self._cut = True
            _shut_down(self._socket)


def _shut_down(connected: socket.socket | None) -> None:
    if connected is None or connected.fileno() == -1:
        return
    try:
        # Not SSLSocket.shutdown: it drops the TLS state that the blocked thread still reads with.
        socket.socket.shutdown(connected, socket.SHUT_RDWR)
    except OSError:
        return  # the peer was faster: there is no connection any more
