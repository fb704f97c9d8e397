"""Make one prediction: named steps over one set of facts, and one receipt whatever happens."""

import logging
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

from jsonschema import Draft202012Validator

from runtime_app.canonical import canonical, make_safe, stored_loads
from runtime_app.db import sql
from runtime_app.db.database import Database
from runtime_app.ds import artifacts
from runtime_app.ds.artifacts import Artifact, Incompatible
from runtime_app.ds.asking import Asking, Models, Stopped
from runtime_app.ds.catalog import signature
from runtime_app.ds.documents import Documents
from runtime_app.ds.policy import evaluated, rule
from runtime_app.ds.predictions import end
from runtime_app.ds.receipt import Facts
from runtime_app.ds.selection import select
from runtime_app.ds.signature import Signature
from runtime_app.ds.strategies import STRATEGIES, Attempt
from runtime_app.providers.prompt_budget import text_tokens
from runtime_app.sanitizer.profile import Profile

SQL = sql.beside(__file__)
_log = logging.getLogger(__name__)

#: Of the params without their long fields.
MOST_PARAMS_BYTES = 256 * 1024
#: How long after its deadline a prediction counts as alive.
GRACE_S = 15.0


@dataclass(slots=True)
class Work:
    """One prediction on its way through the steps."""

    row: Any
    signature: Signature
    params: Any
    facts: Facts
    began_s: float
    artifact: Artifact | None = None
    asking: Asking | None = None
    steps: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Predictor:
    """Makes predictions in this process."""

    db: Database
    models: Models
    code_version: str

    def run(self, predict_id: str) -> str:
        """Make one that was asked for.

        Returns:
            how it ended, or `taken`: it is another's, or has ended.

        Effects:
            model calls; then the end of `predictions.end`, in one transaction.
        """
        row = self.db.one(SQL["claim"], predict_id=predict_id, grace_s=GRACE_S)
        if row is None:
            return "taken"
        found = signature(row.signature_id)
        facts = Facts(found.id, row.params_hash, limits=asdict(found.budget))
        began_s = self.models.clock.monotonic()
        work = Work(row, found, stored_loads(row.params), facts, began_s)
        try:
            for _, step in STEPS:
                step(self, work)
            facts.status = "succeeded"
        except Stopped as stopped:
            denied = stopped.error_class == "policy_denied"
            facts.status = "denied" if denied else "failed"
            facts.error_class, facts.message = stopped.error_class, stopped.message
        except Exception:  # noqa: BLE001 - whatever breaks leaves a receipt too
            _log.exception("prediction %s", predict_id)
            facts.status, facts.error_class = "failed", "internal_error"
        self._close(work)
        return facts.status

    def _close(self, work: Work) -> None:
        facts, asking = work.facts, work.asking
        facts.latency_ms = round((self.models.clock.monotonic() - work.began_s) * 1000)
        succeeded = facts.status == "succeeded"
        facts.output = self.db.sanitizer.value(facts.output) if succeeded else None
        calls = [] if asking is None else asking.calls
        if asking is not None:
            facts.counters = dict(asking.counters)
            facts.breaker_state = asking.breaker_state
        told, _ = make_safe({"calls": calls, "steps": work.steps, "message": facts.message})
        facts.trace = self.db.sanitizer.value(told, Profile.PRIVATE)
        with self.db.transaction() as tx:
            end(tx, work.row, facts, self.code_version)


def _check_params(_self: Predictor, work: Work) -> None:
    schema = dict(work.signature.input_schema)
    fault = next(iter(Draft202012Validator(schema).iter_errors(work.params)), None)
    if fault is not None:
        raise Stopped("input_invalid", f"params{fault.json_path[1:]}: {fault.message[:300]}")
    short = {k: v for k, v in work.params.items() if k not in work.signature.long_fields}
    if len(canonical(short).encode()) > MOST_PARAMS_BYTES:
        raise Stopped("input_invalid", f"params: more than {MOST_PARAMS_BYTES} bytes")


def _choose(self: Predictor, work: Work) -> None:
    facts, found = work.facts, work.signature
    with self.db.transaction() as tx:
        facts.selection = select(tx, found.id, work.row.owner)
        try:
            chosen = facts.selection.compiled_id
            if chosen is None:
                work.artifact = artifacts.default(tx, found)
            else:
                facts.compiled_id = chosen
                work.artifact = artifacts.load(tx, found, chosen)
        except Incompatible as error:
            raise Stopped("artifact_incompatible", str(error)) from error
    facts.compiled_id, facts.hashes = work.artifact.compiled_id, work.artifact.hashes
    facts.strategy_id = work.artifact.body["strategy"]
    facts.model = work.artifact.body["model"] or self.models.default_model
    if facts.strategy_id not in STRATEGIES:
        raise Stopped("strategy_unsupported", f"there is no strategy {facts.strategy_id}")


def _decide(_self: Predictor, work: Work) -> None:
    facts = work.facts
    assert facts.compiled_id is not None
    tokens = text_tokens(canonical(work.params)) + work.signature.max_output_tokens
    estimate = min(tokens, work.signature.budget.tokens)
    facts.ruling = rule(evaluated(work.signature.id, facts.compiled_id, facts.model, estimate))
    if facts.ruling.decision != "allowed":
        raise Stopped("policy_denied", facts.ruling.reason_code)


def _execute(self: Predictor, work: Work) -> None:
    found, artifact = work.signature, work.artifact
    assert artifact is not None
    work.asking = Asking(
        self.models,
        work.facts.model,
        found.budget,
        int(artifact.body["decode"]["max_output_tokens"]),
        work.began_s + found.budget.deadline_s,
    )
    documents = Documents.of(work.params, found.long_fields)
    attempt = Attempt(found, artifact.body, work.params, documents, work.asking, work.steps)
    try:
        work.facts.output = STRATEGIES[artifact.body["strategy"]](attempt)
    finally:
        work.asking.counters["context_queries"] = documents.queries


#: In this order; the first that stops ends the prediction. The end writes the receipt.
STEPS: tuple[tuple[str, Callable[[Predictor, Work], None]], ...] = (
    ("check params", _check_params),
    ("choose artifact", _choose),
    ("decide", _decide),
    ("execute and validate", _execute),
)
