"""Read the settings once; every bad value is named, all of them together."""

from collections.abc import Mapping
from typing import Any

from runtime_app.config.setting import Setting
from runtime_app.config.table import SETTINGS
from runtime_app.providers.remotes import REMOTES

#: What docker-compose.env has where a secret belongs.
PLACEHOLDER = "change-me"
#: Secrets that a role reads by itself, not through the table.
_READ_BY_FLOWER = ("FLOWER_BASIC_AUTH", "FLOWER_COOKIE_SECRET")
_BY_NAME = {setting.name: setting for setting in SETTINGS}


class BadSettings(Exception):
    """One line per setting that is missing or wrong, each with its remedy."""


def read(environ: Mapping[str, str]) -> dict[str, Any]:
    """The value of every setting by its name; an empty text counts as not given.

    A role, named by OA_ROLE, may be without what the table gives to other roles: it gets "".

    Raises:
        BadSettings: everything that is missing or wrong, together.
    """
    values: dict[str, Any] = {}
    placeholders = _placeholders(environ)
    problems = [
        f"{name} has the template's {PLACEHOLDER}: put a secret of your own in its place, in .env "
        "for docker-compose; `openssl rand -hex 32` prints one"
        for name in placeholders
    ]
    role = environ.get("OA_ROLE", "")
    for setting in SETTINGS:
        if setting.name in placeholders:
            continue
        given = environ.get(setting.name) or setting.default
        if given is None and not _needs(role, setting):
            given = ""
        if given is None:
            problems.append(f"{setting.name} is missing: {setting.doc}")
            continue
        try:
            values[setting.name] = setting.read(given) if given or setting.default else ""
        except ValueError as error:
            shown = "" if setting.secret else f", not {given!r}"
            problems.append(f"{setting.name} {error}{shown}")
    problems += _model_problems(values, role)
    if problems:
        raise BadSettings("\n".join(problems))
    if values["OA_LEASE_HEARTBEAT_S"] * 2 > values["OA_LEASE_TTL_S"]:
        raise BadSettings("OA_LEASE_HEARTBEAT_S must be at most half of OA_LEASE_TTL_S")
    if values["OA_HAIL_EVERY_S"] * 2 > values["OA_DEAF_AFTER_S"]:
        raise BadSettings("OA_HAIL_EVERY_S must be at most half of OA_DEAF_AFTER_S")
    return values


def _placeholders(environ: Mapping[str, str]) -> list[str]:
    """The secrets that nobody has made, whichever role they are for."""
    secrets = [*(setting.name for setting in SETTINGS if setting.secret), *_READ_BY_FLOWER]
    return [name for name in secrets if PLACEHOLDER in environ.get(name, "").lower()]


def _needs(role: str, setting: Setting) -> bool:
    return not role or setting.is_for(role)


def _model_problems(values: Mapping[str, Any], role: str) -> list[str]:
    """Why the default model cannot answer; each with its remedy."""
    model = values.get("OA_DEFAULT_MODEL")
    if not model:
        return []
    provider, _, name = model.partition("/")
    if provider not in ("scripted", *REMOTES) or not name:
        known = ", ".join(f"{each}/…" for each in ("scripted", *REMOTES))
        return [f"OA_DEFAULT_MODEL must be provider/model ({known}), not {model!r}"]
    if provider in REMOTES:
        key = REMOTES[provider].key_setting
        if _needs(role, _BY_NAME[key]) and not values.get(key):
            return [f"OA_DEFAULT_MODEL is {model!r}, which needs {key}"]
    return []
