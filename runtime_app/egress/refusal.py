"""Why nothing was fetched: one table of codes, and the error that carries one."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

#: How far a fetch had come. Up to `resolved` not a packet has gone to the destination.
Stage = Literal["address", "resolved", "connecting", "answer"]


@dataclass(frozen=True, slots=True)
class Reason:
    """One row: how far the fetch had come, and what the code says."""

    stage: Stage
    doc: str


REASONS: Mapping[str, Reason] = {
    "url_malformed": Reason(
        "address", "Not an absolute URL of at most 4,096 plain characters; a `\\` or a space in it."
    ),
    "scheme_forbidden": Reason("address", "Neither https nor, where the tool may use it, http."),
    "userinfo_forbidden": Reason("address", "The URL carries a user name or a password."),
    "port_forbidden": Reason("address", "A port other than 443 (80 for http)."),
    "host_malformed": Reason("address", "The host is neither a DNS name nor an IP address."),
    "host_numeric": Reason(
        "address", "An address in octal, hexadecimal, short or integer form, or half of one."
    ),
    "host_local": Reason(
        "address", "A name of this machine, this network, a cluster or a cloud's metadata."
    ),
    "idn_forbidden": Reason(
        "address", "An internationalised name that is not in its plain form, or mixes scripts."
    ),
    "address_forbidden": Reason(
        "address", "The host is, or resolves to, an address that is not public."
    ),
    "host_not_allowed": Reason(
        "address", "The host is not on every allowlist: the deployment's and the tool's."
    ),
    "credential_unknown": Reason("address", "The deployment has no credential of that name."),
    "credential_origin": Reason(
        "address", "The credential belongs to another origin; also after a redirect."
    ),
    "redirects_exceeded": Reason("answer", "More than three redirects, or any after a POST."),
    "name_unresolved": Reason("resolved", "DNS has no address for the host, or not in time."),
    "unreachable": Reason("connecting", "No connection to the address, or not in time."),
    "proxy_refused": Reason("connecting", "The egress proxy does not open a tunnel."),
    "tls_failed": Reason("connecting", "The certificate does not hold for the host, or no TLS."),
    "timed_out": Reason("answer", "The whole fetch took longer than it may."),
    "protocol_error": Reason("answer", "The answer is cut off, or is not HTTP/1.1."),
    "headers_too_large": Reason("answer", "More header bytes than are read."),
    "body_too_large": Reason("answer", "More body bytes than are read, as sent or unpacked."),
    "encoding_forbidden": Reason("answer", "A content coding other than gzip or deflate."),
    "expansion_too_large": Reason("answer", "A compressed body that grows out of proportion."),
}


class EgressRefused(Exception):
    """Nothing was fetched. The message is for the model: it names no address that DNS gave.

    Args:
        code: a key of REASONS.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.stage = REASONS[code].stage
