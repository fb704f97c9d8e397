"""Whether there can be anything to take out at all: one scan over the canonical JSON.

It looks for the beginnings of all rules without their boundaries, because a JSON escape puts a
letter before a value. What it lets pass is stored as it is; what it stops is looked at closely.
"""

import re

from runtime_app.sanitizer.assignments import LAST_WORDS
from runtime_app.sanitizer.engine import compiled, raw
from runtime_app.sanitizer.prefixes import PREFIXES
from runtime_app.sanitizer.profile import Profile

_BODY = 8  # that many characters of what follows a prefix: fewer false alarms, and still quick
_TAB = r"(?:\\+t|[ \t])"
_SECRETS = (
    *(
        f"(?:{'|'.join(re.escape(begins) for begins in row.begins)})[{row.alphabet}]{{{_BODY}}}"
        for row in PREFIXES
    ),
    rf"eyJ[A-Za-z0-9_-]{{{_BODY}}}",
    r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY",
    rf"(?i:{LAST_WORDS})(?:\\*[\"'])?\]?{_TAB}*(?:[:=,}}\]]|%3[dD])",
    rf"(?i:--(?:[a-z0-9]{{1,20}}[-_.]){{0,4}}{LAST_WORDS})[ \t]",
    rf"(?:(?i:bearer|basic|l402|lsat)|Token|TOKEN)(?:{_TAB}|%20|\+)+[A-Za-z0-9._~+/=:%-]{{6}}",
    r"[?&#](?i:sig|signature|code|x-amz-[a-z-]+)=",
    r"://[^\s/?#\"'<>\\]*@",
    r"(?i:headers?)\\*\"",
)
_PERSONAL = (
    r"@[A-Za-z0-9]",
    r"\+[1-9]",
    r"[2-6][0-9]{3}[ -]?[0-9]{4}",
    r"[A-Z]{2}[0-9]{2} ?[A-Z0-9]{4}",
    r"(?i:street|ssn|birth[_. -]?da(?:te|y)|dob|post(?:al)?[_. -]?code|of[_. -]?birth|phone|mobile"
    r"|tel|fax|msisdn)(?:[_. -]?number)?s?[0-9]{0,3}\\*\"",
)
_GATES = {
    Profile.SECRETS: compiled("|".join(_SECRETS)),
    Profile.PRIVATE: compiled("|".join(_SECRETS + _PERSONAL)),
}


def may_hold(json_text: str, profile: Profile) -> bool:
    """Whether a JSON text may hold anything that `profile` takes out. False is certain."""
    return _GATES[profile].search(raw(json_text)) is not None
