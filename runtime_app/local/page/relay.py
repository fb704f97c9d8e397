"""A request of the page, signed and sent to the API."""

import http.client
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from runtime_app.client import PREFIX, signed
from runtime_app.local.page.routes import Request
from runtime_app.security.key_ring import SigningKey
from runtime_app.security.principal import Principal

# Longer than the silence between two pings of a stream.
_SILENCE_S = 45.0
#: What of an answer is handed back.
PASSED_BACK = ("Content-Type", "Retry-After", "X-Request-Id", "X-OA-RUN-ID")


class Unreachable(Exception):
    """The API did not answer."""


@dataclass(frozen=True)
class Relay:
    """The way to the API.

    Args:
        base_url: of the API, without a path; plain HTTP on this machine.
    """

    base_url: str
    key: SigningKey

    def send(
        self, request: Request, guest: Principal, headers: Mapping[str, str]
    ) -> tuple[http.client.HTTPConnection, http.client.HTTPResponse]:
        """Send `request` for `guest`; the connection, which the caller closes, and the answer.

        Args:
            headers: passed on beside those that sign it.
        Raises:
            Unreachable: nobody listens there, or nothing came within 45 s.
        """
        parts = urlsplit(self.base_url)
        connection = http.client.HTTPConnection(
            parts.hostname or "", parts.port or 80, timeout=_SILENCE_S
        )
        names = request.names
        signature = signed(
            self.key,
            guest,
            request.method,
            request.path,
            run_id=names.run_id,
            thread_id=names.thread_id,
            raw=request.body,
        )
        target = PREFIX + request.path + (f"?{request.query}" if request.query else "")
        try:
            connection.request(
                request.method, target, request.body or None, {**headers, **signature}
            )
            return connection, connection.getresponse()
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            raise Unreachable(f"no answer from {self.base_url}: {error}") from error
