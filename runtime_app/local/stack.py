"""`stack.json`: what is running where, for tools and tests on the same machine."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from runtime_app.local import private_json
from runtime_app.local.home import Home


@dataclass(frozen=True)
class StackState:
    """One running stack. Holds secrets, so its file is 0600 and its repr leaves them out.

    Args:
        base_url: the API.
        page_url: the chat page.
        ops_url: web's metrics port.
        flower_url: the view of the queues; `flower_user` and `flower_password` open it.
        database_url: for the application; `direct_url` bypasses a pooler (LISTEN).
        owner_database_url: for migrations, maintenance and tests that tamper.
        signing_key_id, signing_key: the key of the ring that signs now.
        sanitizer_keys: OA_SANITIZER_KEYS of its roles.
        supervisor_pid: the process that keeps the roles alive; a signal to it ends the stack.
        roles: role -> {"pid": n}; embedded servers are roles too.
        signing_keys: the whole ring, as OA_SIGNING_KEYS spells it.
        home: the folder of the stack.
        settings: what else its roles were told, but for secrets; by the names of the settings.
        artifacts_url, anchor_keys: OA_ARTIFACTS_URL and OA_ANCHOR_KEYS of its roles.
    """

    base_url: str
    page_url: str
    ops_url: str
    flower_url: str
    flower_user: str
    flower_password: str = field(repr=False)
    database_url: str = field(repr=False)
    direct_url: str = field(repr=False)
    owner_database_url: str = field(repr=False)
    broker_url: str = field(repr=False)
    signing_key_id: str
    signing_key: str = field(repr=False)
    sanitizer_keys: str = field(repr=False)
    supervisor_pid: int
    roles: Mapping[str, Mapping[str, int]]
    signing_keys: str = field(repr=False, default="")
    home: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)
    artifacts_url: str = field(repr=False, default="")
    anchor_keys: str = field(repr=False, default="")

    def write(self, home: Home) -> None:
        """Effects: replaces `{home}/stack.json` in one move."""
        private_json.write(home.state, asdict(self))

    @classmethod
    def read(cls, home: Home) -> "StackState | None":
        """The state of the stack that runs in `home`, or None.

        Keys that this release does not know are ignored.
        """
        content = private_json.read(home.state)
        return None if content is None else cls(**_known(content))


def roles_of(pids: Mapping[str, int]) -> dict[str, dict[str, int]]:
    """The `roles` of a state: role -> {"pid": n}."""
    return {role: {"pid": pid} for role, pid in pids.items()}


def _known(content: dict[str, Any]) -> dict[str, Any]:
    return {name: content[name] for name in StackState.__dataclass_fields__ if name in content}
