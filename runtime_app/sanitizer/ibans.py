"""International bank account numbers in text."""

from runtime_app.sanitizer.edges import alone
from runtime_app.sanitizer.engine import compiled
from runtime_app.sanitizer.hit import Verdict, found
from runtime_app.sanitizer.listed import listed

SOURCE = r"\b[A-Z]{2}[0-9]{2} ?[A-Z0-9]{4}"
_RUN = compiled(r"[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]{1,4}){0,16}")
_COUNTRIES = listed(
    """
    AD:24 AE:23 AL:28 AT:20 AZ:28 BA:20 BE:16 BG:22 BH:22 BR:29 BY:28 CH:21 CR:22 CY:28
    CZ:24 DE:22 DK:18 DO:28 EE:20 EG:29 ES:24 FI:18 FO:18 FR:27 GB:22 GE:22 GI:23 GL:18
    GR:27 GT:28 HR:21 HU:28 IE:22 IL:23 IQ:23 IS:26 IT:27 JO:30 KW:30 KZ:20 LB:28 LC:32
    LI:21 LT:20 LU:20 LV:21 LY:25 MC:27 MD:24 ME:22 MK:19 MR:27 MT:31 MU:30 NL:18 NO:15
    PK:24 PL:28 PS:29 PT:25 QA:29 RO:24 RS:22 SA:24 SC:31 SD:18 SE:24 SI:19 SK:24 SM:27
    ST:25 SV:28 TL:23 TN:24 TR:26 UA:29 VA:22 VG:24 XK:20
    """
)
#: Country -> characters of its IBANs.
_IBAN_CHARS = {pair[:2]: int(pair[3:]) for pair in _COUNTRIES}


def judge(data: bytes, start: int, end: int, final: bool) -> Verdict:
    """Letters and digits as the country's IBANs have them, with the right check digits."""
    size = _IBAN_CHARS.get(data[start : start + 2].decode(), 0)
    stop = _RUN.match(data, start).end()
    if not final and len(data) - stop < 2:
        return Verdict(end, open_at=start)
    read = 0
    for place in range(start, stop):
        read += data[place] != 0x20
        if read == size:
            packed = data[start : place + 1].replace(b" ", b"")
            if alone(data, start, place + 1) and _check_digits_hold(packed):
                return found(start, place + 1, "iban")
            break
    return Verdict(end)


def _check_digits_hold(packed: bytes) -> bool:
    turned = packed[4:] + packed[:4]
    return int("".join(str(int(chr(byte), 36)) for byte in turned)) % 97 == 1
