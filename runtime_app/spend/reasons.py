"""Why something was allowed, denied, or came out as it did: one enum, `family.code`.

Policy, tools and providers share it, and no code is spelled anywhere else. Codes are added, never
changed: stored events hold them.
"""

from enum import StrEnum

VERSION = "oa.reasons.v1"

_CODES = {
    "policy_allowed": "default under_threshold approved maintenance fallback",
    "policy_needs": "interactive_approval threshold_approval tool_approval",
    "policy_denied": """
        explicit_deny authorization_missing authorization_not_yet_valid authorization_expired
        authorization_revoked authorization_frozen scope_mismatch unit_mismatch tool_not_allowed
        provider_not_allowed domain_not_allowed model_not_allowed outside_time_window amount_unknown
        over_per_call over_per_day budget_exhausted budget_held outcome_unresolved
        idempotency_conflict denial_limit approval_denied approval_expired fallback_not_allowed
        consent_required recipient_suppressed run_cap shadow_run
        """,
    "settlement": """
        not_executed outcome_unknown resolved_committed resolved_released operator_resolved
        late_truth over_policy paid_not_delivered estimated
        """,
    "provider_failed": """
        fault unreachable timeout throttled auth breaker_open rate_budget deadline
        fallback_exhausted
        """,
    "ssrf_block": """
        private_address metadata_endpoint host_not_allowed scheme_not_allowed port_not_allowed
        invalid_url dns_failed redirect_limit redirect_invalid response_too_large
        """,
    "loop_detected": "repeated_call ping_pong no_progress",
    "input_refused": "invalid_schema manifest_inactive secret_in_identifier too_large",
}

#: Every code, by family.
FAMILIES = {family: tuple(codes.split()) for family, codes in _CODES.items()}
#: `policy_denied.over_per_call` and the like: all of them.
REASONS = frozenset(f"{family}.{code}" for family, codes in FAMILIES.items() for code in codes)


class Decision(StrEnum):
    """What a policy answers."""

    ALLOWED = "allowed"
    DENIED = "denied"
    NEEDS_APPROVAL = "needs_approval"


_BY_FAMILY = {
    "policy_allowed": Decision.ALLOWED,
    "policy_needs": Decision.NEEDS_APPROVAL,
    "policy_denied": Decision.DENIED,
}


def decision_of(reason_code: str) -> Decision:
    """What a policy's reason code means.

    Raises:
        ValueError: it is no code, or none of a policy.
    """
    family = reason_code.partition(".")[0]
    if reason_code not in REASONS or family not in _BY_FAMILY:
        raise ValueError(f"{reason_code!r} is not a policy's reason code ({VERSION})")
    return _BY_FAMILY[family]
