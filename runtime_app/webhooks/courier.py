"""Send what is due: each endpoint on a thread of its own, one delivery of it at a time."""

import logging
from collections.abc import Callable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from functools import partial
from random import Random

from runtime_app.clock import Clock
from runtime_app.db.database import Database
from runtime_app.egress.allowlist import Allowlist
from runtime_app.egress.destination import read_url
from runtime_app.egress.fetch import Egress
from runtime_app.egress.policy import EgressLimits, EgressPolicy
from runtime_app.egress.refusal import EgressRefused
from runtime_app.egress.secret import Secret
from runtime_app.errors import Unavailable
from runtime_app.observability import telemetry
from runtime_app.webhooks import deliveries, signature
from runtime_app.webhooks.deliveries import Delivery, Outcome
from runtime_app.webhooks.endpoints import Endpoint, key_of

_log = logging.getLogger(__name__)

#: After each failure but the last; the next failure gives the delivery up.
DELAYS_S = (5, 30, 120, 600, 1800, 7200, 21_600, 43_200)
#: No redirects, no waiting, and of the answer only its status counts.
LIMITS = EgressLimits(redirects=0, total_s=10)
#: Above what an attempt takes; a claim that is older is of somebody who died.
CLAIM_S = 30
#: How long one task sends what comes; the next goes on.
SPELL_S = 20.0
_LOOK_S = 0.25

PolicyOf = Callable[[str], EgressPolicy]


def policy_of(url: str) -> EgressPolicy:
    """Where a delivery to this URL may go: to its host, if that is public."""
    return EgressPolicy((Allowlist((read_url(url).host,)),), limits=LIMITS)


@dataclass(frozen=True, slots=True)
class Courier:
    """Sends the deliveries of these endpoints.

    Args:
        secrets: by endpoint; each of them signs.
        kept_s: how long deliveries and their attempts are kept.
        policy: in place of the usual one; for tests alone.
    """

    db: Database
    egress: Egress
    clock: Clock
    endpoints: Mapping[str, Endpoint]
    secrets: Mapping[str, tuple[Secret, ...]]
    kept_s: float = 2_592_000
    policy: PolicyOf = field(default=policy_of, kw_only=True)

    def deliver(self, spell_s: float) -> int:
        """Send what is due, for about `spell_s` seconds; attempts that are under way are ended.

        Returns:
            How many attempts were made.

        Raises:
            ValueError: an endpoint without a secret: what cannot be signed is not sent.

        Effects:
            webhook_deliveries, webhook_attempts; requests to the endpoints.
        """
        if not self.endpoints:
            return 0
        unsigned = sorted(name for name in self.endpoints if not self.secrets.get(name))
        if unsigned:
            raise ValueError(f"OA_WEBHOOK_SECRETS has no secret of {', '.join(unsigned)}")
        ends_s = self.clock.monotonic() + spell_s
        under_way: dict[Future[None], str] = {}
        made = 0
        with ThreadPoolExecutor(len(self.endpoints), "webhooks") as pool:
            while True:
                free = self.endpoints.keys() - under_way.values()
                if free and self.clock.monotonic() < ends_s:
                    for delivery in deliveries.claim(self.db, sorted(free), CLAIM_S):
                        under_way[pool.submit(self._attempt, delivery)] = delivery.endpoint
                        made += 1
                if not under_way:
                    return made
                done, _ = wait(under_way, _LOOK_S, FIRST_COMPLETED)
                for each in done:
                    del under_way[each]
                    each.result()

    def _attempt(self, delivery: Delivery) -> None:
        began_s = self.clock.monotonic()
        status, error = self._send(delivery)
        took_ms = int((self.clock.monotonic() - began_s) * 1000)
        outcome = _outcome(delivery, partial(Outcome, took_ms=took_ms), status, error)
        telemetry.emit("webhook.tried", result=_RESULTS[outcome.state])
        try:
            deliveries.end(self.db, delivery, outcome)
        except Unavailable as fault:
            _log.warning("delivery %s is sent again: %s", delivery.delivery_id, fault)

    def _send(self, delivery: Delivery) -> tuple[int | None, str | None]:
        """The status of the answer, or why there is none."""
        endpoint = self.endpoints[delivery.endpoint]
        keys = [key_of(secret.reveal()) for secret in self.secrets[delivery.endpoint]]
        at_s = int(self.clock.now().timestamp())
        body = delivery.body
        signed = signature.headers(delivery.delivery_id, at_s, body, keys)
        try:
            answer = self.egress.post(endpoint.url, body, self.policy(endpoint.url), signed)
        except EgressRefused as refused:
            return None, refused.code
        return answer.status, None


_RESULTS = {"delivered": "delivered", "pending": "failed", "dead": "dead"}


def _outcome(
    delivery: Delivery, of: Callable[..., Outcome], status: int | None, error: str | None
) -> Outcome:
    """What comes of an attempt. 410 says that nobody is there any more."""
    if status is not None and 200 <= status < 300:
        return of("delivered", 0, http_status=status, error=None)
    if status == 410 or delivery.failures >= len(DELAYS_S):
        return of("dead", 0, http_status=status, error=error)
    delay_s = DELAYS_S[delivery.failures] * Random().uniform(0.8, 1.2)
    return of("pending", delay_s, http_status=status, error=error)
