"""One request over one connection to an address that was checked.

The HTTP library speaks HTTP and TLS and believes that it connects by name. The connection that it
gets leads to the address, and every byte and second on it is counted.
"""

import ssl
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import httpcore2

from runtime_app.egress.addresses import Address
from runtime_app.egress.destination import Destination
from runtime_app.egress.meter import Meter
from runtime_app.egress.policy import EgressLimits
from runtime_app.egress.proxy import Proxy, open_tunnel
from runtime_app.egress.refusal import EgressRefused

Headers = Sequence[tuple[str, str]]


@contextmanager
def get(
    destination: Destination,
    addresses: Sequence[Address],
    headers: Mapping[str, str],
    meter: Meter,
    limits: EgressLimits,
    tls: ssl.SSLContext,
    proxy: Proxy | None,
    body: bytes | None = None,
) -> Iterator[tuple[int, Headers, Iterator[bytes]]]:
    """Send a GET; the status, the headers (names in lower case) and the body as it comes.

    Args:
        addresses: checked; the first that can be connected to is used.
        body: JSON; what is sent is a POST of it then.

    Raises:
        EgressRefused: of the stages `connecting` and `answer`.
    """
    meter.begin_headers()
    connection = httpcore2.HTTPConnection(
        httpcore2.Origin(destination.scheme.encode(), destination.host.encode(), destination.port),
        ssl_context=tls,
        network_backend=_Pinned(addresses, destination.port, meter, limits, proxy),
    )
    written = {} if body is None else _written(body)
    request = httpcore2.Request(
        b"GET" if body is None else b"POST",
        httpcore2.URL(
            scheme=destination.scheme,
            host=destination.host,
            port=destination.port,
            target=destination.target,
        ),
        headers=[
            ("Host", destination.authority),
            *headers.items(),
            *written.items(),
            ("Connection", "close"),
        ],
        content=body,
    )
    try:
        with _translated():
            response = connection.handle_request(request)
        if response.status < 200:
            raise EgressRefused("protocol_error", "the server wants another protocol")
        meter.begin_body()
        yield response.status, _decoded(response.headers), _pieces(response)
    finally:
        connection.close()


def _written(body: bytes) -> Mapping[str, str]:
    return {"Content-Type": "application/json", "Content-Length": str(len(body))}


def _pieces(response: httpcore2.Response) -> Iterator[bytes]:
    with _translated():
        yield from response.iter_stream()


def _decoded(headers: Iterable[tuple[bytes, bytes]]) -> Headers:
    return [(name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in headers]


@contextmanager
def _translated() -> Iterator[None]:
    """The HTTP library's errors as refusals."""
    try:
        yield
    except httpcore2.TimeoutException as error:
        raise EgressRefused("timed_out", "the server was too slow") from error
    except (httpcore2.NetworkError, httpcore2.ProtocolError) as error:
        raise EgressRefused("protocol_error", "the answer is cut off or is not HTTP/1.1") from error


class _Pinned(httpcore2.NetworkBackend):
    """Connects to the addresses it was made for, whatever name it is asked to connect to."""

    def __init__(
        self,
        addresses: Sequence[Address],
        port: int,
        meter: Meter,
        limits: EgressLimits,
        proxy: Proxy | None,
    ) -> None:
        self._addresses = addresses
        self._port = port
        self._meter = meter
        self._limits = limits
        self._proxy = proxy
        self._sockets = httpcore2.SyncBackend()

    def connect_tcp(self, *_: Any, **__: Any) -> httpcore2.NetworkStream:
        """Connect to the first address that answers, through the proxy where there is one."""
        for address in self._addresses:
            try:
                return self._connect(str(address))
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failure = error
        raise EgressRefused("unreachable", "no connection to the host") from failure

    def _connect(self, address: str) -> httpcore2.NetworkStream:
        timeout_s = self._meter.left_s(self._limits.connect_s)
        if self._proxy is None:
            opened = self._sockets.connect_tcp(address, self._port, timeout_s)
            return _Counted(opened, self._meter, self._limits)
        try:
            opened = self._sockets.connect_tcp(self._proxy.host, self._proxy.port, timeout_s)
        except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
            raise EgressRefused("proxy_refused", "the egress proxy does not answer") from error
        stream = _Counted(opened, self._meter, self._limits)
        try:
            open_tunnel(stream, self._proxy, address, self._port)
        except BaseException:
            stream.close()
            raise
        self._meter.begin_headers()
        return stream


class _Counted(httpcore2.NetworkStream):
    """A connection on which every wait ends with the fetch's time, and every byte counts."""

    def __init__(self, stream: httpcore2.NetworkStream, meter: Meter, limits: EgressLimits) -> None:
        self._stream = stream
        self._meter = meter
        self._limits = limits

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        data = self._stream.read(self._meter.may_read(max_bytes), self._meter.left_s())
        self._meter.took(len(data))
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._meter.left_s())

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore2.NetworkStream:
        try:
            timeout_s = self._meter.left_s(self._limits.connect_s)
            secured = self._stream.start_tls(ssl_context, server_hostname, timeout_s)
        except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
            self.close()
            raise EgressRefused(
                "tls_failed", f"no trustworthy TLS connection to {server_hostname}"
            ) from error
        except BaseException:
            self.close()  # the HTTP library does not know of it yet
            raise
        return _Counted(secured, self._meter, self._limits)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
