"""Who is calling: every request under /internal/v1 passes here before its body is believed.

Size limits, then the signature, then whose route it is, then the principal, then the body, then
what the request names, then the binding of the token to all of it, then the nonce.
"""

import hashlib
import math
from typing import Any

from flask import Flask, current_app, g, request

from runtime_app.errors import Detail, Forbidden, InvalidRequest, Throttled, Unauthorized
from runtime_app.observability import current, telemetry
from runtime_app.security import tokens
from runtime_app.security.key_ring import SigningKey
from runtime_app.security.operators import operator_of, refuse_operator
from runtime_app.security.principal import Operator, Principal
from runtime_app.security.tokens import Claims
from web import request_body
from web.context import Caller, OperatorCall, path_as_sent, runtime
from web.failed_signatures import FailedSignatures
from web.identifiers import SECRET
from web.naming import named
from web.policy import PREFIX, Policy, policy_of

SIGNATURE = "X-OA-RUNTIME-SIGNATURE"
KEY_ID = "X-OA-RUNTIME-KEY-ID"
USER = "X-OA-USER-ID"
GUEST = "X-OA-GUEST-SCOPE"
MAX_GUEST_SCOPE = 200


def install(app: Flask, max_failed_signatures: int) -> None:
    """Check every request to the signed prefix before its view runs.

    Args:
        max_failed_signatures: of one address in a minute; beyond it a 401 is a 429.
    """
    failed = FailedSignatures(max_failed_signatures)

    def authorise() -> None:
        rule = request.url_rule
        if rule is None or not rule.rule.startswith(PREFIX):
            return
        policy = policy_of(current_app, rule.endpoint)
        assert policy is not None
        try:
            _let_in(policy)
        except Unauthorized as refusal:
            telemetry.emit("auth.rejected", reason=refusal.check)
            _throttle(failed, refusal)
            raise
        except Forbidden:
            telemetry.emit("auth.rejected", reason="binding")
            raise

    app.before_request(authorise)


def _throttle(failed: FailedSignatures, refusal: Unauthorized) -> None:
    # The peer's own address: what a proxy says of whom it speaks for is not believed.
    left_s = failed.count(request.remote_addr or "", runtime().clock.monotonic())
    if left_s is not None:
        telemetry.emit("auth.throttled")
        limit = f"at most {failed.limit} a minute from one address"
        raise Throttled(
            f"too many failed signatures; the last one: {refusal.message}",
            [Detail("failed_signatures", limit)],
            retry_after_s=math.ceil(left_s),
        ) from refusal


def _let_in(policy: Policy) -> None:
    service = runtime()
    config = service.config
    raw = request_body.read(config.max_body_bytes, config.body_within_s)
    claims = tokens.verify(
        request.headers.get(SIGNATURE) or _missing(SIGNATURE),
        request.headers.get(KEY_ID),
        config.key_ring,
        service.clock.now().timestamp(),
    )
    key = config.key_ring.key(claims.key_id)
    who = _speaker(policy, claims, key)
    body = request_body.parse(raw)
    run_id, thread_id = named(policy.names, body)
    facts = tokens.RequestFacts(
        who if isinstance(who, Principal) else None,
        run_id,
        thread_id,
        request.method,
        path_as_sent(),
        hashlib.sha256(raw).hexdigest(),
    )
    tokens.bind(claims, facts, require_request_binding=config.require_request_binding)
    service.nonces.use(claims.nonce, claims.expires_at_s)
    telemetry.emit("auth.accepted", slot=config.key_ring.slot(key))
    g.key_id, g.body = key.key_id, body
    told = {"run_id": run_id, "thread_id": thread_id}
    current.bind_ids(**{name: value for name, value in told.items() if value is not None})
    if isinstance(who, Operator):
        g.operator_call = OperatorCall(who, run_id, thread_id)
    else:
        assert thread_id is not None
        g.caller = Caller(who, run_id, thread_id)


def _speaker(policy: Policy, claims: Claims, key: SigningKey) -> Principal | Operator:
    """Whom the request speaks for; a token of the other kind is refused before its headers are."""
    if policy.scope is None:
        refuse_operator(claims)
        return _principal()
    operator = operator_of(claims, key, policy.scope)
    for header in (USER, GUEST):
        if request.headers.get(header) is not None:
            raise Unauthorized(f"an operator's request carries no {header}", "principal")
    return operator


def _principal() -> Principal:
    user, guest = request.headers.get(USER), request.headers.get(GUEST)
    if (user is None) == (guest is None):
        raise Unauthorized(f"send exactly one of {USER} and {GUEST}", "principal")
    if guest is not None:
        fits = guest.isascii() and guest.isprintable() and len(guest) <= MAX_GUEST_SCOPE
        if not guest or not fits:
            raise Unauthorized(
                f"{GUEST} must be 1 to {MAX_GUEST_SCOPE} printable ASCII characters", "principal"
            )
        if runtime().db.sanitizer.holds_credential(guest):
            raise InvalidRequest.field(GUEST, SECRET)
        return Principal(guest_scope=guest)
    digits = (user or "").removeprefix("-")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 18):
        raise Unauthorized(f"{USER} must be a whole number", "principal")
    return Principal(user_id=int(user or ""))


def _missing(header: str) -> Any:
    raise Unauthorized(f"{header} is missing", "missing")
