"""The tools of a process that executes runs, or asks what one would do."""

from runtime_app.clock import SystemClock
from runtime_app.config import Config
from runtime_app.egress.fetch import Egress
from runtime_app.egress.resolver import SystemResolver
from runtime_app.sanitizer import Sanitizer
from runtime_app.tools.adapters.http_get import http_get
from runtime_app.tools.registry import BUILT_IN, Registry


def registry_of(config: Config, sanitizer: Sanitizer) -> Registry:
    """Those that are built in, and `http.get` with the way out that the settings allow."""
    egress = Egress(
        SystemResolver(),
        SystemClock(),
        config.egress_allow,
        config.egress_proxy,
        config.egress_credentials,
    )
    return Registry((*BUILT_IN, http_get(egress, sanitizer)))
