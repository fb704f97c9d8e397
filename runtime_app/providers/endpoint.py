"""One address of a provider, and how a single call to it is made with the SDK of its dialect."""

import ssl
from collections.abc import Generator, Mapping
from functools import cached_property
from typing import Any

from runtime_app.egress.proxy import Proxy
from runtime_app.errors import Unavailable
from runtime_app.providers.connection import Connection
from runtime_app.providers.dialect import Dialect
from runtime_app.providers.errors import ProviderError
from runtime_app.providers.faults import classify
from runtime_app.providers.timeouts import DEFAULT_TIMEOUTS, ProviderTimeouts

_NO_KEY = "no-key"


class Endpoint:
    """Where to call, with which key.

    Args:
        base_url: without what the dialect adds to it.
        api_key: empty for a server that wants none; appears in no message.
        tls: what to trust; None trusts what the machine trusts.
        proxy: opens a tunnel to an https address; an http one is in our own network, and is called
            directly.
    """

    def __init__(
        self,
        dialect: Dialect,
        base_url: str,
        api_key: str,
        timeouts: ProviderTimeouts = DEFAULT_TIMEOUTS,
        tls: ssl.SSLContext | None = None,
        proxy: Proxy | None = None,
    ) -> None:
        self.dialect = dialect
        self.base_url = base_url
        self.api_key = api_key
        self.timeouts = timeouts
        self.proxy = proxy if base_url.startswith("https://") else None
        self._given_tls = tls

    def load(self) -> None:
        """Import the SDK: seconds, on a busy machine, that are no fault of a server."""
        self.dialect.sdk()

    def fault(self, error: Exception) -> ProviderError:
        """The failure that an exception of `chunks` stands for."""
        return classify(error, self.dialect.sdk(), self.dialect.codes, self.api_key)

    def chunks(
        self, body: dict[str, Any], headers: Mapping[str, str], connection: Connection
    ) -> Generator[object]:
        """Make the call and yield the JSON of each chunk up to the end of the stream.

        The SDK is asked for plain JSON: its typed chunks cost five times as much to build, and
        hide what a server says beyond the provider's own fields.

        Args:
            connection: told of the connection as it is made; cutting it ends the iteration.

        Raises:
            Exception: as the SDK and its HTTP library have them; nothing is retried and no
                redirect is followed.
        """
        import httpx2

        limits = self.timeouts
        # The caller's thread keeps the fine limits; the socket's own are the net below them.
        timeout = httpx2.Timeout(limits.total_s, connect=limits.connect_s)
        with (
            httpx2.Client(
                verify=self._tls,
                proxy=self._through(),
                trust_env=False,
                follow_redirects=False,
                event_hooks={"request": [lambda request: _follow(request, connection)]},
            ) as http,
            self.dialect.client(
                api_key=self.api_key or _NO_KEY,
                base_url=self.base_url,
                timeout=timeout,
                max_retries=0,
                http_client=http,
            ) as client,
            client.post(
                self.dialect.path,
                body=body,
                options={"headers": dict(headers)},
                cast_to=object,
                stream=True,
                stream_cls=self.dialect.sdk().Stream[object],
            ) as stream,
        ):
            yield from stream

    def status(self, within_s: float) -> int:
        """The HTTP status with which the server answers when it is asked for its models.

        Raises:
            Unavailable: its name does not resolve, or nothing answers in time; says which.
        """
        import httpx2

        headers = {"Authorization": f"Bearer {self.api_key}"} if self.api_key else {}
        url = f"{self.base_url.rstrip('/')}{self.dialect.models_path}"
        try:
            with httpx2.Client(
                verify=self._tls, proxy=self._through(), trust_env=False, timeout=within_s
            ) as http:
                return int(http.get(url, headers=headers).status_code)
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise Unavailable(f"does not answer ({error or type(error).__name__})") from error

    def _through(self) -> Any:
        import httpx2

        if self.proxy is None:
            return None
        login = self.proxy.login.reveal().partition(":")[::2] if self.proxy.login else None
        return httpx2.Proxy(f"http://{self.proxy.authority}", auth=login)

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        import httpx2

        return self._given_tls or httpx2.create_ssl_context(trust_env=False)


def _follow(request: Any, connection: Connection) -> None:
    request.extensions["trace"] = connection.trace
