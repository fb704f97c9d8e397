"""The tools of a process that executes runs, or asks what one would do."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from functools import partial

from runtime_app.clock import SystemClock
from runtime_app.config import Config
from runtime_app.egress.fetch import Egress
from runtime_app.egress.resolver import SystemResolver
from runtime_app.sanitizer import Sanitizer
from runtime_app.tools.adapters.github import github
from runtime_app.tools.adapters.http_get import http_get
from runtime_app.tools.packs import Kit, Pack, tools_of
from runtime_app.tools.registry import BUILT_IN, Registry
from runtime_app.tools.spec import Tool

_log = logging.getLogger(__name__)


def registry_of(config: Config, sanitizer: Sanitizer) -> Registry:
    """The tools of the packs that are on, with the way out that the settings allow.

    Those that settle are left out, and named in the worker's log.

    Raises:
        BadPack: a pack that is on cannot be used.
    """
    egress = Egress(
        SystemResolver(),
        SystemClock(),
        config.egress_allow,
        config.egress_proxy,
        config.egress_credentials,
    )
    registry = Registry(tools_of(config.tool_packs, packs_of(config), Kit(egress, sanitizer)))
    if registry.withheld:
        names = ", ".join(registry.withheld)
        _log.warning("these tools settle, and no money can be held for them: no run has %s", names)
    return registry


def packs_of(config: Config) -> Mapping[str, Pack]:
    """The packs of this release, by name."""
    return {
        "core": partial(_core, config.egress_logins),
        "github": lambda kit: github(kit.egress, kit.sanitizer, config.github_api_url),
    }


def _core(logins: Sequence[str], kit: Kit) -> Iterable[Tool]:
    return (*BUILT_IN, http_get(kit.egress, kit.sanitizer, logins))
