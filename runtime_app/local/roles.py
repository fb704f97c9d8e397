"""The roles of a local stack: those of a deployment, its servers before them, the page beside them.

A stack ends while somebody waits for their prompt, so it gives everything less time to.
"""

import signal
from dataclasses import replace

from runtime_app.roles import DEPLOYED, JOBS, Peer, Ready, Role

_GRACE_S = 6.0
_PAGE = ("{python}", "-m", "runtime_app", "page", "--model", "{model}", "--port", "{port}")

# Runs to its end between the servers and the application.
MIGRATION = next(role for role in JOBS if role.name == "migrate")
SERVERS = (
    Role("postgres", ("{postgres}",), Ready.CONNECTS, stop_signal=signal.SIGINT, grace_s=3),
    Role("broker", ("{broker}", "{broker_settings}"), Ready.CONNECTS, grace_s=3),
)
APPLICATION = (
    *(replace(role, grace_s=_GRACE_S) for role in DEPLOYED),
    Role("page", (*_PAGE, "--api", "{api}"), Ready.MARK, reaches=(Peer.WEB,), grace_s=_GRACE_S),
)
