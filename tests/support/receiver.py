"""A receiver of webhooks outside: TLS on loopback, as `api.example.com`, by path.

`/ok…` takes them, `/no` refuses each, `/gone` says 410, `/away` redirects, `/hang` never answers.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_network
from typing import Any

from runtime_app.egress.allowlist import Allowlist
from runtime_app.egress.policy import EgressLimits, EgressPolicy
from tests.support.egress import PUBLIC
from tests.support.outside import serving

HOST = "api.example.com"


@dataclass
class Receiver:
    """What has come, in order: path, headers (names in lower case), body."""

    port: int = 0
    got: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    closing: threading.Event = field(default_factory=threading.Event)

    def url(self, path: str) -> str:
        return f"https://{HOST}:{self.port}{path}"

    def policy(self, url: str) -> EgressPolicy:
        """Under which this server, and nothing else on this machine, is public."""
        limits = EgressLimits(redirects=0, total_s=1.5 if url.endswith("/hang") else 15)
        networks = (ip_network(PUBLIC),)
        allow = (Allowlist((HOST,)),)
        return EgressPolicy(allow, limits=limits, ports=frozenset((self.port,)), networks=networks)


@contextmanager
def receiver() -> Iterator[Receiver]:
    """One on a free port."""
    state = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            state.got.append((self.path, headers, body))
            if self.path == "/hang":
                state.closing.wait(30)
                return
            codes = {"/no": 500, "/gone": 410, "/away": 302}
            self.send_response(codes.get(self.path, 204))
            if self.path == "/away":
                self.send_header("Location", "/ok")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing."""

    class Server(ThreadingHTTPServer):
        def handle_error(self, request: Any, client_address: Any) -> None:
            """A client that refuses us hangs up in the middle of anything."""

        def finish_request(self, request: Any, client_address: Any) -> None:
            with suppress(OSError):
                with context.wrap_socket(request, server_side=True) as connection:
                    super().finish_request(connection, client_address)

    context = serving([])
    with Server((PUBLIC, 0), Handler) as server:
        state.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield state
        state.closing.set()
        server.shutdown()
        thread.join()
