"""Who is calling: every request under /internal/v1 passes here before its body is believed.

Size limits, then the signature, then the principal, then the body, then what the request names,
then the binding of the token to all of it, then the nonce.
"""

import hashlib
from collections.abc import Callable, Mapping
from typing import Any

from flask import Flask, current_app, g, request

from runtime_app.errors import InvalidRequest, Unauthorized
from runtime_app.ids import is_identifier
from runtime_app.observability import current, telemetry
from runtime_app.security import tokens
from runtime_app.security.principal import Principal
from web import request_body
from web.context import Caller, path_as_sent, runtime
from web.policy import PREFIX, Names, policy_of

SIGNATURE = "X-OA-RUNTIME-SIGNATURE"
KEY_ID = "X-OA-RUNTIME-KEY-ID"
USER = "X-OA-USER-ID"
GUEST = "X-OA-GUEST-SCOPE"
MAX_GUEST_SCOPE = 200


def install(app: Flask) -> None:
    """Check every request to the signed prefix before its view runs."""
    app.before_request(_authorise)


def _authorise() -> None:
    rule = request.url_rule
    if rule is None or not rule.rule.startswith(PREFIX):
        return
    policy = policy_of(current_app, rule.endpoint)
    assert policy is not None
    service = runtime()
    config = service.config
    raw = request_body.read(config.max_body_bytes)
    claims = tokens.verify(
        request.headers.get(SIGNATURE) or _missing(SIGNATURE),
        request.headers.get(KEY_ID),
        config.key_ring,
        service.clock.now().timestamp(),
    )
    principal = _principal()
    body = request_body.parse(raw)
    run_id, thread_id = _NAMES[policy.names](body)
    body_sha256 = hashlib.sha256(raw).hexdigest()
    facts = tokens.RequestFacts(
        principal, run_id, thread_id, request.method, path_as_sent(), body_sha256
    )
    tokens.bind(claims, facts, require_request_binding=config.require_request_binding)
    service.nonces.use(claims.nonce, claims.expires_at_s)
    slot = "current" if claims.key_id == config.key_ring.keys[0].key_id else "previous"
    telemetry.emit("auth.accepted", slot=slot)
    named = {"run_id": run_id, "thread_id": thread_id}
    current.bind_ids(**{name: value for name, value in named.items() if value is not None})
    g.caller = Caller(principal, run_id, thread_id, body)


def _principal() -> Principal:
    user, guest = request.headers.get(USER), request.headers.get(GUEST)
    if (user is None) == (guest is None):
        raise Unauthorized(f"send exactly one of {USER} and {GUEST}")
    if guest is not None:
        fits = guest.isascii() and guest.isprintable() and len(guest) <= MAX_GUEST_SCOPE
        if not guest or not fits:
            raise Unauthorized(f"{GUEST} must be 1 to {MAX_GUEST_SCOPE} printable ASCII characters")
        return Principal(guest_scope=guest)
    digits = (user or "").removeprefix("-")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 18):
        raise Unauthorized(f"{USER} must be a whole number")
    return Principal(user_id=int(user or ""))


def _missing(header: str) -> str:
    raise Unauthorized(f"{header} is missing")


# -- what the request names -----------------------------------------------------------------------


def _path_and_query(_body: Any) -> tuple[str | None, str]:
    return _path_run(), _identifier("thread_id", request.args.get("thread_id"))


def _path_and_body(body: Any) -> tuple[str | None, str]:
    return _path_run(), _identifier("thread_id", _object(body, "body").get("thread_id"))


def _in_body(body: Any) -> tuple[str | None, str]:
    return _named(_object(body, "body"), "")


def _in_body_run(body: Any) -> tuple[str | None, str]:
    return _named(_object(_object(body, "body").get("run"), "run"), "run.")


def _in_thread_path(_body: Any) -> tuple[str | None, str]:
    return None, _identifier("thread_id", (request.view_args or {}).get("thread_id"))


_NAMES: Mapping[Names, Callable[[Any], tuple[str | None, str]]] = {
    Names.PATH_AND_QUERY: _path_and_query,
    Names.PATH_AND_BODY: _path_and_body,
    Names.BODY: _in_body,
    Names.BODY_RUN: _in_body_run,
    Names.THREAD_PATH: _in_thread_path,
}


def _named(body: Mapping[str, Any], prefix: str) -> tuple[str | None, str]:
    run_id = body.get("run_id")
    if run_id is not None:
        run_id = _identifier(f"{prefix}run_id", run_id)
    return run_id, _identifier(f"{prefix}thread_id", body.get("thread_id"))


def _path_run() -> str:
    return _identifier("run_id", (request.view_args or {}).get("run_id"))


def _object(value: Any, name: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise InvalidRequest.field(name, "must be a JSON object")
    return value


def _identifier(name: str, value: Any) -> str:
    if value is None:
        raise InvalidRequest.field(name, "is missing")
    if not isinstance(value, str) or not is_identifier(value):
        raise InvalidRequest.field(name, "must be 1 to 200 characters of A-Z a-z 0-9 . _ : -")
    return value
