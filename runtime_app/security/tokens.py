"""Request tokens: `v1.<claims>.<MAC>`, minted by the control plane, verified here.

The checks run from cheap to dear, and nothing is parsed before the MAC holds:
size -> split and decode -> MAC in constant time -> claims -> times -> binding; the nonce is last
and is the store's business.
"""

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from runtime_app.errors import Forbidden, Unauthorized
from runtime_app.security.key_ring import KeyRing, SigningKey
from runtime_app.security.principal import Principal

MAX_TOKEN_BYTES = 4096
MAX_LIFETIME_S = 300
MAX_SKEW_S = 30
MAX_NONCE_LENGTH = 128
MAX_ACTOR_LENGTH = 200

_KINDS: Mapping[type, str] = {int: "a whole number", str: "text", list: "a list"}


@dataclass(frozen=True, slots=True)
class Claims:
    """What a verified token says. `None` is a claim that it does not make."""

    key_id: str
    expires_at_s: int
    nonce: str
    run_id: str | None
    thread_id: str | None
    user_id: int | None
    guest_scope: str | None
    method: str | None
    path: str | None
    body_sha256: str | None
    scopes: tuple[str, ...] | None = None
    actor: str | None = None


@dataclass(frozen=True, slots=True)
class RequestFacts:
    """What the token must agree with. `run_id` and `thread_id` are what the request names.

    `principal` is None where the request speaks for an operator.
    """

    principal: Principal | None
    run_id: str | None
    thread_id: str | None
    method: str
    path: str
    body_sha256: str


def mint(key: SigningKey, claims: Mapping[str, Any]) -> str:
    """Sign `claims` as they are (compact JSON, in the given order)."""
    text = json.dumps(claims, separators=(",", ":"), ensure_ascii=False).encode()
    body = _encode(text)
    return f"v1.{body}.{_encode(_mac(key, body))}"


def verify(token: str, key_id: str | None, ring: KeyRing, now_s: float) -> Claims:
    """The claims of a token that is ours and of this moment.

    Raises:
        Unauthorized: with the check that failed; the same status for all of them.
    """
    if len(token) > MAX_TOKEN_BYTES:
        raise Unauthorized("the signature is longer than 4096 bytes", "form")
    version, _, rest = token.partition(".")
    body, _, signature = rest.partition(".")
    if version != "v1" or not body or not signature or "." in signature:
        raise Unauthorized("the signature is not of the form v1.<claims>.<mac>", "form")
    key = _signer(body, _decode(signature), ring.candidates(key_id))
    claims = _claims(key.key_id, _decode(body))
    _check_times(claims, now_s)
    return claims[0]


def bind(claims: Claims, facts: RequestFacts, *, require_request_binding: bool) -> None:
    """Hold the claims against the request they came with.

    Raises:
        Forbidden: a claim is missing where the request names the thing, or differs from it.
    """
    who = facts.principal
    pairs = (
        ("run_id", claims.run_id, facts.run_id),
        ("thread_id", claims.thread_id, facts.thread_id),
        ("user_id", claims.user_id, who and who.user_id),
        ("guest_scope", claims.guest_scope, who and who.guest_scope),
    )
    for name, claimed, actual in pairs:
        if claimed != actual:
            raise Forbidden(f"the token's {name} does not match the request")
    for name, claimed_text, actual_text in (
        ("htm", claims.method, facts.method),
        ("htp", claims.path, facts.path),
        ("bsh", claims.body_sha256, facts.body_sha256),
    ):
        if claimed_text is None and not require_request_binding:
            continue
        if claimed_text != actual_text:
            raise Forbidden(f"the token's {name} does not match the request")


def _signer(body: str, signature: bytes, keys: tuple[SigningKey, ...]) -> SigningKey:
    for key in keys:
        if hmac.compare_digest(_mac(key, body), signature):
            return key
    raise Unauthorized("the signature does not hold under any known key", "mac")


def _claims(key_id: str, raw: bytes) -> tuple[Claims, int]:
    try:
        values = json.loads(raw.decode())
    except (ValueError, RecursionError) as error:
        raise Unauthorized("the claims are not JSON", "claims") from error
    if not isinstance(values, dict):
        raise Unauthorized("the claims are not an object", "claims")
    nonce = _typed(values, "nonce", str)
    if not nonce or len(nonce) > MAX_NONCE_LENGTH or not nonce.isprintable():
        raise Unauthorized("claim nonce must be 1 to 128 printable characters", "claims")
    issued_at_s = _typed(values, "iat", int)
    expires_at_s = _typed(values, "exp", int)
    if issued_at_s is None or expires_at_s is None:
        raise Unauthorized("claims iat and exp must be whole unix seconds", "claims")
    claims = Claims(
        key_id,
        expires_at_s,
        nonce,
        _typed(values, "run_id", str),
        _typed(values, "thread_id", str),
        _typed(values, "user_id", int),
        _typed(values, "guest_scope", str),
        _typed(values, "htm", str),
        _typed(values, "htp", str),
        _typed(values, "bsh", str),
        _scopes(values),
        _actor(values),
    )
    return claims, issued_at_s


def _scopes(values: Mapping[str, Any]) -> tuple[str, ...] | None:
    listed = _typed(values, "scope", list)
    if listed is None:
        return None
    if not listed or not all(isinstance(scope, str) for scope in listed):
        raise Unauthorized("claim scope must be a list of one or more texts", "claims")
    return tuple(listed)


def _actor(values: Mapping[str, Any]) -> str | None:
    """Who asks for scopes; without any, the claim says nothing."""
    if values.get("scope") is None:
        return None
    actor: str | None = _typed(values, "actor", str)
    if not actor or len(actor) > MAX_ACTOR_LENGTH or not actor.isprintable():
        raise Unauthorized("claim actor must be 1 to 200 printable characters", "claims")
    return actor


def _check_times(claims: tuple[Claims, int], now_s: float) -> None:
    expires_at_s, issued_at_s = claims[0].expires_at_s, claims[1]
    if expires_at_s <= now_s:
        raise Unauthorized("the token has expired", "times")
    if issued_at_s > now_s + MAX_SKEW_S:
        raise Unauthorized("the token is from the future", "times")
    if not 0 < expires_at_s - issued_at_s <= MAX_LIFETIME_S:
        raise Unauthorized("the token must live for 1 to 300 seconds", "times")


def _typed(values: Mapping[str, Any], name: str, kind: type) -> Any:
    value = values.get(name)
    if value is None or (isinstance(value, kind) and not isinstance(value, bool)):
        return value
    raise Unauthorized(f"claim {name} must be {_KINDS[kind]}", "claims")


def _mac(key: SigningKey, body: str) -> bytes:
    return hmac.new(key.secret, body.encode("ascii", "replace"), hashlib.sha256).digest()


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    try:
        raw = base64.b64decode(
            text.encode("ascii") + b"=" * (-len(text) % 4), altchars=b"-_", validate=True
        )
    except (UnicodeEncodeError, binascii.Error) as error:
        raise Unauthorized("the signature is not base64url without padding", "form") from error
    if _encode(raw) != text:
        raise Unauthorized("the signature is not base64url without padding", "form")
    return raw
