"""What the settings say and lead to: keys, broker, disk, provider."""

import os
import tempfile
from collections import Counter
from dataclasses import replace
from pathlib import Path

from runtime_app.artifacts.store import ArtifactDamaged, ArtifactLost, ArtifactStore
from runtime_app.cli.checks import Problem, Subject
from runtime_app.dispatch import broker as dispatch_broker
from runtime_app.errors import Unavailable
from runtime_app.providers.remotes import REMOTES
from runtime_app.security.key_ring import ADVISED_SECRET_BYTES, KeyRing, SigningKey

LEAST_FREE_BYTES = 256 * 2**20
ANSWERS_WITHIN_S = 10.0
# Whoever has no list of models says 404 or 501, and may answer all the same.
_AILING = (500, 502, 503, 504)


def settings(subject: Subject) -> str:
    """Which release and model, and whose settings they are."""
    given = "the environment's" if subject.stack is None else "the local stack's"
    defaults = subject.config.defaults
    return f"{given}; release {defaults.code_version}, model {defaults.model}"


def broker(subject: Subject) -> str:
    """Reachable, and one that throws no message away."""
    try:
        found = dispatch_broker.facts(subject.config.broker_url)
    except Unavailable as error:
        raise Problem(f"{error}: runs are accepted, but wait for the broker") from error
    if found.eviction != "noeviction":
        raise Problem(
            f"{found.version} has maxmemory-policy {found.eviction} and drops messages when it is "
            "full: set it to noeviction"
        )
    return f"{found.version}, noeviction"


def keys(subject: Subject) -> str:
    """The ring; no more of the same grants than a rotation needs."""
    ring = subject.config.key_ring
    shown = ", ".join(_key(key, ring) for key in ring.keys)
    of_grants = Counter(key.scopes for key in ring.keys)
    if any(count > 2 for count in of_grants.values()):
        raise Problem(f"{shown}: more than two grant the same; take out what no signer uses")
    return shown


def anchors(subject: Subject) -> str:
    """A place outside the database that takes a file and gives it back, and keys; or neither."""
    config = subject.config
    if not config.artifacts_url:
        return "off: OA_ARTIFACTS_URL is not set, nothing is kept outside the database"
    store = ArtifactStore(config.artifacts_url)
    try:
        store.get(store.put("doctor", b"was here\n"))
    except (Unavailable, ArtifactDamaged, ArtifactLost) as error:
        raise Problem(f"{error}; until then nobody can say whether a log is what it was") from error
    if config.anchor_ring is None:
        return "off: OA_ANCHOR_KEYS is not set; files can be kept"
    return "files can be kept, keys " + ", ".join(key.key_id for key in config.anchor_ring.keys)


def disk(subject: Subject) -> str:
    """Room, and the right to write, where the processes write."""
    config, found = subject.config, []
    folders = {"temporary files": Path(tempfile.gettempdir())}
    if subject.stack is not None:
        folders["the stack's home"] = Path(subject.stack.home)
    elif config.telemetry.metrics_dir:
        folders["PROMETHEUS_MULTIPROC_DIR"] = Path(config.telemetry.metrics_dir)
    for name, folder in folders.items():
        try:
            there = os.statvfs(folder)
        except OSError as error:
            raise Problem(f"{name}: {folder} cannot be used ({error.strerror}): make it") from error
        free_bytes = there.f_bavail * there.f_frsize
        if free_bytes < LEAST_FREE_BYTES:
            raise Problem(
                f"{name}: {folder} has {free_bytes / 2**20:.0f} MiB free; "
                f"{LEAST_FREE_BYTES / 2**20:.0f} are the least: make room"
            )
        if not os.access(folder, os.W_OK):
            raise Problem(f"{name}: {folder} cannot be written to: give it to this account")
        found.append(f"{name} {free_bytes / 2**30:.1f} GiB free")
    return ", ".join(found)


def provider(subject: Subject) -> str:
    """Whether the default model's provider answers."""
    config = subject.config
    name = config.defaults.model.partition("/")[0]
    if name == "scripted":
        return "scripted: answers from a script, no provider is asked"
    asked, remote = config.remotes[name], REMOTES[name]
    base_url, key = asked.base_url, subject.provider_keys.get(name, "")
    endpoint = replace(asked, api_key=key).endpoint(config.egress_proxy)
    try:
        status = endpoint.status(ANSWERS_WITHIN_S)
    except Unavailable as error:
        raise Problem(f"{base_url} {error}: mend {remote.url_setting}, or the way there") from error
    if status in (401, 403) and key:
        raise Problem(f"{base_url} refuses the key with {status}: mend {remote.key_setting}")
    if status in _AILING:
        raise Problem(f"{base_url} answers with {status}: wait for it, or ask its operator")
    return f"{base_url} answers"


def _key(key: SigningKey, ring: KeyRing) -> str:
    facts = [ring.slot(key), *sorted(key.scopes)]
    if len(key.secret) < ADVISED_SECRET_BYTES:
        facts.append(f"{len(key.secret)} bytes; {ADVISED_SECRET_BYTES} are better: rotate it")
    return f"{key.key_id} ({', '.join(facts)})"
