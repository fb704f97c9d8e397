"""Whom a browser speaks as: a guest of the page's own making, kept in a cookie."""

import re
import secrets
from http.cookies import CookieError, SimpleCookie

from runtime_app.security.principal import Principal

COOKIE = "oa_page_guest"
_SCOPE = re.compile(r"page-[0-9a-z]{26}")
_ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz"
_KEPT_S = 365 * 24 * 3600


def read(header: str | None) -> Principal | None:
    """The guest that a `Cookie` header names; None without one that this page can have made."""
    try:
        morsel = SimpleCookie(header or "").get(COOKIE)
    except CookieError:
        return None
    if morsel is None or not _SCOPE.fullmatch(morsel.value):
        return None
    return Principal(guest_scope=morsel.value)


def new_cookie() -> str:
    """A `Set-Cookie` header that makes its receiver a new guest."""
    scope = "page-" + "".join(secrets.choice(_ALPHABET) for _ in range(26))
    return f"{COOKIE}={scope}; Path=/; Max-Age={_KEPT_S}; HttpOnly; SameSite=Strict"
