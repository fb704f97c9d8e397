"""What the page consists of, and the headers that keep it to itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ASSETS = Path(__file__).parent / "assets"
_TYPES: Mapping[str, str] = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}

#: Nothing from elsewhere, nothing inline, and no text becomes markup: the browser refuses it.
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    )
)
#: On every answer.
HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


@dataclass(frozen=True)
class File:
    """One file of the page; read when it is asked for, so that an edit shows on reload."""

    path: Path

    @property
    def content_type(self) -> str:
        return _TYPES[self.path.suffix]

    def read(self) -> bytes:
        return self.path.read_bytes()


def listed() -> Mapping[str, File]:
    """Every file by its URL path; `/` is the page. What is not in it cannot be asked for."""
    found = {
        f"/{path.relative_to(ASSETS).as_posix()}": File(path)
        for path in sorted(ASSETS.rglob("*"))
        if path.suffix in _TYPES
    }
    return {"/" if name == "/index.html" else name: file for name, file in found.items()}
