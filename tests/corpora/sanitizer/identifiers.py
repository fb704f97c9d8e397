"""Ten classes of what looks technical and is no secret; the same ones each time."""

import base64
import random
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

_HEX = "0123456789abcdef"
_WORDS = [
    "risk",
    "disk",
    "task",
    "desk",
    "mask",
    "token",
    "page",
    "order",
    "batch",
    "queue",
    "shard",
    "worker",
    "model",
    "usage",
]


def _hex(rng: random.Random, size: int) -> str:
    return "".join(rng.choice(_HEX) for _ in range(size))


def _uuid(rng: random.Random) -> str:
    return str(uuid.UUID(int=rng.getrandbits(128), version=rng.choice((4, 5))))


def _digest(rng: random.Random) -> str:
    size = rng.choice((32, 40, 56, 64, 96, 128))
    return rng.choice(("", "sha256:", "sha256-", "md5=", 'etag "', "")) + _hex(rng, size)


def _base64_digest(rng: random.Random) -> str:
    raw = rng.randbytes(rng.choice((16, 20, 32, 48, 64)))
    encode = rng.choice((base64.b64encode, base64.urlsafe_b64encode))
    return rng.choice(("", "sha256-", "sha384-", "SHA256:")) + encode(raw).decode()


def _commit(rng: random.Random) -> str:
    return rng.choice(
        (
            f"commit {_hex(rng, 40)}",
            f"{_hex(rng, 7)}..{_hex(rng, 7)}",
            f"git checkout {_hex(rng, 12)}",
            f"https://example.org/project/commit/{_hex(rng, 40)}",
            f"v{rng.randrange(9)}.{rng.randrange(20)}.{rng.randrange(30)}-g{_hex(rng, 8)}",
        )
    )


def _time(rng: random.Random) -> str:
    at = datetime(2020, 1, 1, tzinfo=UTC) + timedelta(seconds=rng.randrange(10**9))
    return rng.choice(
        (
            at.isoformat(),
            at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            at.strftime("%a, %d %b %Y %H:%M:%S GMT"),
            at.strftime("%d/%b/%Y:%H:%M:%S +0000"),
            at.strftime("%Y-%m-%d"),
            at.strftime("%d.%m.%Y %H:%M"),
            f"{int(at.timestamp())}",
            f"{int(at.timestamp() * 1000)}",
            f"{int(at.timestamp() * 10**6)}",
            f"{int(at.timestamp() * 10**9)}",
        )
    )


def _amount(rng: random.Random) -> str:
    number = rng.randrange(10**9) / 100
    return rng.choice(
        (
            f"{number:,.2f} EUR",
            f"${number:.2f}",
            f"{int(number)} sats",
            f"-{number}",
            f"{number:e}",
            f"+{rng.randrange(1000)}%",
            f"{number:.3f} kWh",
        )
    )


def _version(rng: random.Random) -> str:
    numbers = ".".join(str(rng.randrange(60)) for _ in range(rng.choice((2, 3, 4))))
    return rng.choice(
        (
            f"v{numbers}",
            f"{numbers}-rc.{rng.randrange(9)}",
            f"package=={numbers}",
            f"python-{numbers}",
            f"{numbers}+build.{rng.randrange(9999)}",
            f"key@{numbers}",
        )
    )


def _address(rng: random.Random) -> str:
    four = ".".join(str(rng.randrange(256)) for _ in range(4))
    six = ":".join(_hex(rng, 4) for _ in range(8))
    return rng.choice(
        (
            four,
            f"{four}:{rng.randrange(65536)}",
            f"{four}/{rng.randrange(33)}",
            six,
            f"[{six}]:{rng.randrange(65536)}",
            f"http://{four}:{rng.randrange(65536)}/healthz",
            ":".join(_hex(rng, 2) for _ in range(6)),
        )
    )


def _order(rng: random.Random) -> str:
    number = rng.randrange(10**8, 10**12)
    return rng.choice(
        (
            f"ORD-{rng.randrange(2020, 2030)}-{number % 10**6:06}",
            f"order {number}",
            f"invoice RE{number}",
            f"#{number % 10**6}",
            f"ticket ABC-{number % 10**4}",
            f"tracking 1Z{_hex(rng, 6).upper()}{number:012}",
            f"isbn 978-{rng.randrange(10)}-{rng.randrange(100, 999)}-{rng.randrange(10**5):05}-X",
        )
    )


def _name(rng: random.Random) -> str:
    one, two, three = rng.choice(_WORDS), rng.choice(_WORDS), rng.choice(_WORDS)
    number = rng.randrange(1000)
    return rng.choice(
        (
            f"{one}-{two}-{three}",
            f"{one}.{two}.{three}{number}",
            f"{one}-{number}",
            f"runtime.{one}_{two}.{three}",
            f"next_page_token={one}{number}",
            f"max_tokens: {number}",
            f'"total_tokens": {number}, "completion_tokens": {number}',
            f"{one}_{two}[{number}]",
            f"/srv/{one}/{two}-{number}/{three}.log",
            f"{one}ing-{two}ful-{three}less-architecture-overview-{number}",
            f"call_{_hex(rng, 32)}",
            f"msg_{_uuid(rng)}_{number}.{number}",
        )
    )


CLASSES: dict[str, Callable[[random.Random], str]] = {
    "uuid": _uuid,
    "digest": _digest,
    "base64 digest": _base64_digest,
    "commit": _commit,
    "time": _time,
    "amount": _amount,
    "version": _version,
    "address": _address,
    "order": _order,
    "name": _name,
}
PER_CLASS = 150


def identifiers() -> Iterator[tuple[str, str]]:
    """(class, text), 1,500 of them."""
    for name, make in CLASSES.items():
        rng = random.Random(f"identifiers {name}")
        for _ in range(PER_CLASS):
            yield name, make(rng)
