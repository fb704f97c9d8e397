"""The settings that are keys: of requests, and of stand-ins for secrets."""

from runtime_app.config.setting import Setting
from runtime_app.sanitizer import PseudonymKeys
from runtime_app.security.key_ring import KeyRing

KEYS: tuple[Setting, ...] = (
    Setting(
        "OA_SIGNING_KEYS",
        KeyRing.parse,
        None,
        "The keys that requests are signed with: id:secret[:scopes], comma separated, the current "
        "one first; scopes with + between them, for keys of operators.",
        True,
        ("web",),
    ),
    Setting(
        "OA_SANITIZER_KEYS",
        PseudonymKeys.parse,
        None,
        "The keys that stand-ins for secrets are made with: letter:secret of at least 32 bytes, "
        "comma separated, current one first. Old ones stay, to know repeated requests by.",
        True,
    ),
)
