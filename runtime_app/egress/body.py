"""An answer's body, unpacked within bounds."""

import zlib
from collections.abc import Iterable

from runtime_app.egress.policy import EgressLimits
from runtime_app.egress.refusal import EgressRefused

_FREE_BYTES = 65_536
_STEP_BYTES = 65_536
_GZIP = zlib.MAX_WBITS | 16


def read_body(pieces: Iterable[bytes], coding: str, limits: EgressLimits) -> bytes:
    """All of a body, unpacked as it comes.

    Args:
        coding: the Content-Encoding; empty where there is none.

    Raises:
        EgressRefused: encoding_forbidden, body_too_large, expansion_too_large, protocol_error.
    """
    unpack = _unpacker(coding.strip().lower())
    body = bytearray()
    packed_bytes = 0
    for ordinal, piece in enumerate(pieces):
        if ordinal >= limits.pieces:
            raise EgressRefused("body_too_large", f"the body has more than {limits.pieces} pieces")
        for taken_bytes, unpacked in unpack.feed(piece):
            packed_bytes += taken_bytes
            body += unpacked
            if len(body) > max(_FREE_BYTES, packed_bytes * limits.expansion):
                raise EgressRefused(
                    "expansion_too_large",
                    f"the body grows to more than {limits.expansion} times its size",
                )
            if len(body) > limits.body_bytes:
                raise EgressRefused(
                    "body_too_large", f"the body is larger than {limits.body_bytes} bytes"
                )
    return bytes(body + unpack.end())


class _Plain:
    def feed(self, piece: bytes) -> Iterable[tuple[int, bytes]]:
        return ((len(piece), piece),)

    def end(self) -> bytes:
        return b""


class _Packed:
    """One zlib stream; `bits` 0 is deflate with or without its wrapper, told by the first byte."""

    def __init__(self, bits: int) -> None:
        self._stream = zlib.decompressobj(bits) if bits else None

    def feed(self, piece: bytes) -> Iterable[tuple[int, bytes]]:
        """How many bytes were taken, and what they unpack to, in steps of bounded size."""
        if self._stream is None and piece:
            wrapped = piece[0] & 0x0F == zlib.DEFLATED
            self._stream = zlib.decompressobj(zlib.MAX_WBITS if wrapped else -zlib.MAX_WBITS)
        rest = piece
        while rest and self._stream is not None:
            try:
                unpacked = self._stream.decompress(rest, _STEP_BYTES)
            except zlib.error as error:
                raise EgressRefused("protocol_error", "the body cannot be unpacked") from error
            if self._stream.unused_data:
                raise EgressRefused("protocol_error", "something follows the packed body")
            yield len(rest) - len(self._stream.unconsumed_tail), unpacked
            rest = self._stream.unconsumed_tail

    def end(self) -> bytes:
        """What the last step had no room for: at most a few codes, some kilobytes."""
        if self._stream is None:
            return b""
        rest = self._stream.flush()
        if not self._stream.eof:
            raise EgressRefused("protocol_error", "the packed body is cut off")
        return rest


def _unpacker(coding: str) -> _Plain | _Packed:
    match coding:
        case "" | "identity":
            return _Plain()
        case "gzip" | "x-gzip":
            return _Packed(_GZIP)
        case "deflate":
            return _Packed(0)
    raise EgressRefused("encoding_forbidden", "the body has a content coding that is not read")
