"""What a user may decide about their local stack, read from the environment they pass in."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path

from runtime_app.config import BadSettings, Config
from runtime_app.local.errors import StackError
from runtime_app.local.home import Home

PROJECT = Path(__file__).resolve().parents[2]
# What the stack provides itself, so that all the rest can be read before anything is started.
_STAND_INS = {
    "DATABASE_URL": "postgresql://stack",
    "OA_BROKER_URL": "redis://stack",
    "OA_SIGNING_KEYS": "stack:provided-at-start",
    "OA_SANITIZER_KEYS": "s:provided-at-start-by-the-local-stack",
}


@dataclass(frozen=True)
class LocalSettings:
    """Where the stack lives, where it listens, and which servers it need not bring itself.

    Args:
        home: OA_HOME, `.local` in the project by default.
        port, flower_port, ops_port: OA_PORT 4000, OA_FLOWER_PORT 5555, OA_OPS_PORT 0;
            0 takes a free one.
        page_port: OA_PAGE_PORT, by default the port after OA_PORT, and 0 where that is 0.
        database_url, direct_url: DATABASE_URL and OA_DATABASE_DIRECT_URL; None runs a Postgres.
        broker_url: OA_BROKER_URL; None runs a broker.
        signing_keys: OA_SIGNING_KEYS; None makes a key for this home.
        sanitizer_keys: OA_SANITIZER_KEYS; None makes a key for this home.
        model: what answers runs that name no model, provider/model.
    """

    home: Home
    port: int
    page_port: int
    flower_port: int
    ops_port: int
    database_url: str | None = field(repr=False)
    direct_url: str | None = field(repr=False)
    broker_url: str | None = field(repr=False)
    signing_keys: str | None = field(repr=False)
    sanitizer_keys: str | None = field(repr=False)
    model: str

    @property
    def model_in_words(self) -> str:
        """The model as a user is told of it."""
        if self.model.startswith("scripted/"):
            keys = "OPENAI_API_KEY or ANTHROPIC_API_KEY"
            return f"{self.model} (a scripted demo, not a real model) until {keys} is set"
        return self.model

    @classmethod
    def from_environ(cls, environ: Mapping[str, str], project: Path = PROJECT) -> "LocalSettings":
        """Read the settings; an empty value is one that was not given.

        Raises:
            StackError: a value is out of bounds, or a pair is half given.
        """
        database_url = environ.get("DATABASE_URL") or None
        direct_url = environ.get("OA_DATABASE_DIRECT_URL") or None
        if direct_url and not database_url:
            raise StackError(
                "OA_DATABASE_DIRECT_URL is set and DATABASE_URL is not",
                "Set both, for a database of yours, or neither, for the embedded one.",
            )
        port = _port(environ, "OA_PORT", 4000)
        page_port = _port(environ, "OA_PAGE_PORT", min(port + 1, 65_535) if port else 0)
        flower_port = _port(environ, "OA_FLOWER_PORT", 5555)
        _refuse_same(OA_PORT=port, OA_PAGE_PORT=page_port, OA_FLOWER_PORT=flower_port)
        return cls(
            home=home_of(environ, project),
            port=port,
            page_port=page_port,
            flower_port=flower_port,
            ops_port=_port(environ, "OA_OPS_PORT", 0),
            database_url=database_url,
            direct_url=direct_url or database_url,
            broker_url=environ.get("OA_BROKER_URL") or None,
            signing_keys=environ.get("OA_SIGNING_KEYS") or None,
            sanitizer_keys=environ.get("OA_SANITIZER_KEYS") or None,
            model=_model(environ),
        )


def home_of(environ: Mapping[str, str], project: Path = PROJECT) -> Home:
    """The home that an environment names, whatever else it says."""
    return Home(_absolute(environ.get("OA_HOME") or project / ".local"))


def _absolute(path: str | Path) -> Path:
    return Path(path).expanduser().resolve()


def _port(environ: Mapping[str, str], setting: str, default: int) -> int:
    text = environ.get(setting) or str(default)
    if text.isdecimal() and int(text) <= 65_535:
        return int(text)
    raise StackError(f"{setting} is {text!r}", "Set it to a port, 1 to 65535, or 0 for a free one.")


def _refuse_same(**ports: int) -> None:
    for one, other in combinations(ports, 2):
        if ports[one] == ports[other] != 0:
            raise StackError(f"{one} and {other} are the same port", "Give each a port of its own.")


def _model(environ: Mapping[str, str]) -> str:
    """The default model, once every other setting has been read as the roles will.

    Raises:
        StackError: the settings that are wrong, all together.
    """
    given = {name: value for name, value in environ.items() if value}
    try:
        return Config.from_env({**_STAND_INS, **given}).defaults.model
    except BadSettings as error:
        raise StackError("the stack cannot start with these settings", str(error)) from error
