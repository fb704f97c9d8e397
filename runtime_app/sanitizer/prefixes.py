"""Credentials that say themselves what they are: rule 2.

Each row: the kind; how it begins (case counts); the alphabet of what follows; how many characters
of it there are, at least and at most; whether one of them has to be a digit.
"""

import re
from dataclasses import dataclass
from typing import Any

from runtime_app.sanitizer.engine import compiled

_ALNUM = "A-Za-z0-9"
_URLSAFE = "A-Za-z0-9_-"
_LONG = 4096


@dataclass(frozen=True, slots=True)
class Prefix:
    """One row."""

    kind: str
    begins: tuple[str, ...]
    alphabet: str
    least: int
    most: int = _LONG
    digit: bool = True


def _row(
    kind: str, begins: str, alphabet: str, least: int, most: int = _LONG, digit: bool = True
) -> Prefix:
    return Prefix(kind, tuple(begins.split()), alphabet, least, most, digit)


PREFIXES = (
    _row("api_key", "sk-", _URLSAFE, 20),
    _row("stripe_key", "sk_live_ sk_test_ rk_live_ rk_test_", _ALNUM, 16),
    _row("webhook_secret", "whsec_", "A-Za-z0-9+/=_-", 20),
    _row("github_token", "ghp_ gho_ ghu_ ghs_ ghr_", _ALNUM, 30, digit=False),
    _row("github_token", "github_pat_", "A-Za-z0-9_", 36),
    _row(
        "gitlab_token",
        "glpat- glptt- gldt- glrt- glcbt- glft- glsoat- gloas- glimt- glagent-",
        "A-Za-z0-9_.-",
        20,
        digit=False,
    ),
    _row("slack_token", "xoxa- xoxb- xoxc- xoxd- xoxe- xoxo- xoxp- xoxr- xoxs-", "A-Za-z0-9%-", 10),
    _row("slack_token", "xapp- xoxe.xoxp- xoxe.xoxb-", "A-Za-z0-9-", 20),
    _row("slack_webhook", "hooks.slack.com/services/", "A-Za-z0-9/_-", 20),
    _row(
        "discord_webhook",
        "discord.com/api/webhooks/ discordapp.com/api/webhooks/",
        "A-Za-z0-9/_-",
        40,
    ),
    _row("aws_key", "AKIA ASIA ABIA ACCA", "A-Z0-9", 16, 16, digit=False),
    _row("google_key", "AIza", _URLSAFE, 35, 35, digit=False),
    _row("google_token", "ya29.", _URLSAFE, 20),
    _row("google_secret", "GOCSPX-", _URLSAFE, 24),
    _row("sendgrid_key", "SG.", "A-Za-z0-9_.-", 60, 80),
    _row("npm_token", "npm_", _ALNUM, 36, 36, digit=False),
    _row("pypi_token", "pypi-", _URLSAFE, 50),
    _row("huggingface_token", "hf_ api_org_", _ALNUM, 30, 40, digit=False),
    _row("nostr_key", "nsec1", "02-9ac-hj-np-z", 58, 58),
    _row("nostr_key", "ncryptsec1", "02-9ac-hj-np-z", 100, 300),
    _row("extended_key", "xprv yprv zprv tprv uprv vprv", "1-9A-HJ-NP-Za-km-z", 100, 112),
    _row("age_key", "AGE-SECRET-KEY-1", "02-9AC-HJ-NP-Z", 58, 58),
    _row("groq_key", "gsk_", _ALNUM, 40),
    _row("xai_key", "xai-", _ALNUM, 60),
    _row("replicate_token", "r8_", _ALNUM, 37, 40),
    _row("perplexity_key", "pplx-", _ALNUM, 40),
    _row("vault_token", "hvs. hvb. hvr.", _URLSAFE, 24, digit=False),
    _row("docker_token", "dckr_pat_ dckr_oat_", _URLSAFE, 24),
    _row("linear_key", "lin_api_", _ALNUM, 40, 48),
    _row("notion_token", "ntn_", _ALNUM, 40),
    _row("digitalocean_token", "dop_v1_ doo_v1_ dor_v1_", "a-f0-9", 64, 64),
    _row("shopify_token", "shpat_ shpca_ shppa_ shpss_", "a-fA-F0-9", 32, 32),
    _row("databricks_token", "dapi", "a-f0-9", 32, 34),
    _row("supabase_token", "sbp_ sb_secret_", "A-Za-z0-9_", 30),
    _row("planetscale_token", "pscale_tkn_ pscale_pw_ pscale_oauth_", _URLSAFE, 32),
    _row("sentry_token", "sntrys_ sntryu_", "A-Za-z0-9_+/=", 40),
    _row("grafana_token", "glsa_ glc_", "A-Za-z0-9_+/=", 32),
    _row("newrelic_key", "NRAK-", "A-Z0-9", 27, 27),
    _row("postman_key", "PMAK-", "a-f0-9-", 50, 70),
    _row("square_token", "sq0atp- sq0csp- EAAAE", _URLSAFE, 22),
    _row("atlassian_token", "ATATT3 ATCTT3", "A-Za-z0-9_=-", 100),
    _row("fly_token", "fm1_ fm2_ fo1_", "A-Za-z0-9_+/=-", 40),
)

BY_BEGINNING: dict[bytes, Prefix] = {
    begins.encode(): prefix for prefix in PREFIXES for begins in prefix.begins
}
BODIES: dict[str, Any] = {prefix.alphabet: compiled(f"[{prefix.alphabet}]*") for prefix in PREFIXES}
#: All beginnings, longer ones first.
ALTERNATIVES = "|".join(
    re.escape(begins.decode()) for begins in sorted(BY_BEGINNING, key=len, reverse=True)
)
