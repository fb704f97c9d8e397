"""Takes out what no log, row, stream or export may hold."""

from runtime_app.sanitizer.echo import EchoFilter
from runtime_app.sanitizer.keys import PseudonymKeys
from runtime_app.sanitizer.profile import Profile
from runtime_app.sanitizer.sanitizer import Sanitizer
from runtime_app.sanitizer.scanner import Scanner
from runtime_app.sanitizer.structure import Format, Structure

__all__ = [
    "EchoFilter",
    "Format",
    "Profile",
    "PseudonymKeys",
    "Sanitizer",
    "Scanner",
    "Structure",
]
