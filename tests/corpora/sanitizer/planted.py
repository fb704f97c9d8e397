"""Credentials of forty kinds, made up at run time from pieces: none of them ever opened anything.

A prefix and what follows it never stand together in this file.
"""

import base64
import json
import random
import string
from collections.abc import Callable

_ALNUM = string.ascii_letters + string.digits
_URLSAFE = _ALNUM + "-_"
_UPPER = string.ascii_uppercase + string.digits
_HEX = "0123456789abcdef"
_BECH32 = "023456789acdefghjklmnpqrstuvwxyz"
_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"

Maker = Callable[[random.Random], str]


def _of(rng: random.Random, alphabet: str, size: int) -> str:
    """Random characters, a digit among them, with a letter at either end."""
    inner = [rng.choice(alphabet) for _ in range(size)]
    letters = [char for char in alphabet if char.isalnum()]
    digits = [char for char in alphabet if char.isdigit()]
    inner[0], inner[-1] = rng.choice(letters), rng.choice(letters)
    inner[size // 2] = rng.choice(digits)
    return "".join(inner)


def _after(prefix: str, alphabet: str, size: int) -> Maker:
    return lambda rng: "".join((prefix, _of(rng, alphabet, size)))


def _encoded(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def _jwt(rng: random.Random) -> str:
    head = {"alg": rng.choice(("HS256", "RS256", "EdDSA")), "typ": "JWT"}
    return f"{_encoded(head)}.{_encoded({'sub': _of(rng, _ALNUM, 8)})}.{_of(rng, _URLSAFE, 43)}"


def _pem(rng: random.Random) -> str:
    name = rng.choice(("", "RSA ", "EC ", "OPENSSH ", "ENCRYPTED "))
    lines = [_of(rng, _ALNUM + "+/", 64) for _ in range(rng.randrange(1, 6))]
    dashes = "-" * 5
    body = "\n".join([*lines, _of(rng, _ALNUM, 20) + "=="])
    return f"{dashes}BEGIN {name}PRIVATE KEY{dashes}\n{body}\n{dashes}END {name}PRIVATE KEY{dashes}"


def _sendgrid(rng: random.Random) -> str:
    return ".".join(("S" + "G", _of(rng, _URLSAFE, 22), _of(rng, _URLSAFE, 43)))


#: Kind -> a maker; all of them are found by themselves, wherever they stand.
SHAPED: dict[str, Maker] = {
    "openai": _after("sk" + "-", _ALNUM, 48),
    "openai project": _after("sk" + "-proj-", _URLSAFE, 100),
    "anthropic": _after("sk" + "-ant-api03-", _URLSAFE, 93),
    "stripe live": _after("sk" + "_live_", _ALNUM, 24),
    "stripe restricted": _after("rk" + "_test_", _ALNUM, 30),
    "webhook": _after("wh" + "sec_", _ALNUM, 32),
    "github personal": _after("gh" + "p_", _ALNUM, 36),
    "github app": _after("gh" + "s_", _ALNUM, 36),
    "github fine": _after("github" + "_pat_", _ALNUM + "_", 82),
    "gitlab": _after("gl" + "pat-", _URLSAFE, 20),
    "slack bot": _after("xox" + "b-", _ALNUM, 40),
    "slack user": _after("xox" + "p-", _ALNUM, 60),
    "slack app": _after("xa" + "pp-1-", _ALNUM, 50),
    "aws": _after("AK" + "IA", _UPPER, 16),
    "aws session": _after("AS" + "IA", _UPPER, 16),
    "google": _after("AI" + "za", _URLSAFE, 35),
    "google oauth": _after("ya" + "29.", _URLSAFE, 60),
    "google client": _after("GOC" + "SPX-", _URLSAFE, 28),
    "sendgrid": _sendgrid,
    "npm": _after("np" + "m_", _ALNUM, 36),
    "pypi": _after("py" + "pi-AgEI", _URLSAFE, 150),
    "hugging face": _after("h" + "f_", _ALNUM, 34),
    "nostr": _after("ns" + "ec1", _BECH32, 58),
    "extended key": _after("xp" + "rv9s21", _BASE58, 101),
    "groq": _after("gs" + "k_", _ALNUM, 52),
    "xai": _after("xa" + "i-", _ALNUM, 80),
    "vault": _after("hv" + "s.", _URLSAFE, 24),
    "docker": _after("dckr" + "_pat_", _URLSAFE, 27),
    "linear": _after("lin" + "_api_", _ALNUM, 40),
    "digitalocean": _after("dop" + "_v1_", _HEX, 64),
    "shopify": _after("shp" + "at_", _HEX, 32),
    "databricks": _after("da" + "pi", _HEX, 32),
    "supabase": _after("sb" + "p_", _HEX, 40),
    "grafana": _after("gl" + "sa_", _ALNUM, 41),
    "slack webhook": _after("hooks.slack" + ".com/services/T", _ALNUM, 40),
    "jwt": _jwt,
    "private key": _pem,
}


def _password(rng: random.Random) -> str:
    return _of(rng, _ALNUM + "!#%*+-._~", rng.randrange(8, 24))


def _phrase(rng: random.Random) -> str:
    words = [
        "amber",
        "basket",
        "candle",
        "dragon",
        "engine",
        "forest",
        "garden",
        "hammer",
        "island",
        "jungle",
        "kettle",
    ]
    return " ".join(rng.choice(words) for _ in range(12))


#: Kind -> a maker and the names that give it away.
NAMED: dict[str, tuple[Maker, tuple[str, ...]]] = {
    "password": (_password, ("password", "DB_PASSWORD", "userPassword", "smtp.passwd")),
    "secret": (_password, ("client_secret", "APP_SECRET", "webhookSecret", "secret")),
    "key": (
        lambda rng: _of(rng, _ALNUM, 32),
        ("api_key", "privateKey", "x-api-key", "ACCOUNT_KEY"),
    ),
    "token": (
        lambda rng: _of(rng, _ALNUM, 40),
        ("access_token", "refreshToken", "bot-token", "token"),
    ),
    "preimage": (lambda rng: _of(rng, _HEX, 64), ("preimage", "payment_preimage")),
    "macaroon": (lambda rng: "AgEE" + _of(rng, _URLSAFE, 80), ("macaroon", "admin_macaroon")),
    "mnemonic": (_phrase, ("mnemonic", "seed_phrase", "seedPhrase")),
}


def shaped(per_kind: int) -> list[tuple[str, str]]:
    """(kind, secret); the same ones each time."""
    return [
        (kind, make(random.Random(f"{kind} {number}")))
        for kind, make in SHAPED.items()
        for number in range(per_kind)
    ]


def named(per_name: int) -> list[tuple[str, str, str]]:
    """(kind, name, secret); the same ones each time."""
    return [
        (kind, name, make(random.Random(f"{kind} {name} {number}")))
        for kind, (make, names) in NAMED.items()
        for name in names
        for number in range(per_name)
    ]
