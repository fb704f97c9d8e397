"""The ways in which a model is asked; what stands under an id never behaves otherwise."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from runtime_app.ds import render
from runtime_app.ds.asking import Asking, Stopped
from runtime_app.ds.checks import Given, Unfit, fitting, parsed
from runtime_app.ds.documents import Documents
from runtime_app.ds.shapes import or_nothing
from runtime_app.ds.signature import Signature
from runtime_app.providers.provider import Message

MOST_ITERATIONS = 8
USUAL_ITERATIONS = 3
_SQL_AT_ONCE = 4
_NOTE_CHARS = 600


@dataclass(slots=True)
class Attempt:
    """One prediction as a strategy sees it; `steps` is what the trace tells beside the calls."""

    signature: Signature
    body: Mapping[str, Any]
    params: Mapping[str, Any]
    documents: Documents
    asking: Asking
    steps: list[dict[str, Any]] = field(default_factory=list)

    def fit(self, value: Any) -> Any:
        """Raises: Unfit."""
        given = Given(self.params, self.documents)
        return fitting(value, self.signature.output_schema, self.signature.checks, given)

    def answered(
        self, messages: Sequence[Message], schema: Mapping[str, Any], take: Callable[[Any], Any]
    ) -> Any:
        """What `take` makes of the answer; one that does not fit is asked for again.

        Raises:
            Stopped: `output_invalid`, when no more repairs are left; else as `Asking.ask`.
        """
        conversation = list(messages)
        for repairs in range(self.signature.repairs + 1):
            text = self.asking.ask(conversation, schema, repair=repairs > 0)
            try:
                return take(parsed(text))
            except Unfit as unfit:
                problems = unfit.problems
                self.steps.append({"invalid": list(problems)})
                conversation = [*messages, *render.repair(text, problems)]
        raise Stopped("output_invalid", "; ".join(problems))


def _direct(attempt: Attempt) -> Any:
    """Everything in one prompt."""
    schema = attempt.signature.output_schema
    messages = render.direct(attempt.body, schema, attempt.params)
    return attempt.answered(messages, schema, attempt.fit)


def _rlm_lite(attempt: Attempt) -> Any:
    """A loop in which the model reads the long fields part by part, then says the output."""
    iterations = attempt.body["settings"].get("iterations", USUAL_ITERATIONS)
    history: list[Mapping[str, Any]] = []
    for number in range(1, iterations + 1):
        last = number == iterations
        messages = _iteration(attempt, history, last)
        if not attempt.asking.fits(messages):
            raise Stopped("iteration_budget_exceeded", f"no call is left for iteration {number}")
        if not last and not attempt.asking.fits(messages, times=2):
            last, messages = True, _iteration(attempt, history, True)
        attempt.asking.counters["iterations"] = number
        take = partial(_decided, attempt, last)
        decided = attempt.answered(messages, _protocol(attempt.signature), take)
        if decided["decision"] == "finalize":
            return decided["output"]
        asked = decided.get("queries", [])[:_SQL_AT_ONCE]
        results = [{"query": each, "result": attempt.documents.ask(each)} for each in asked]
        note = str(decided.get("notes", ""))[:_NOTE_CHARS]
        history.append({"notes": note, "results": results})
        attempt.steps.append({"iteration": number, "notes": note, "queries": results})
    raise Stopped("iteration_budget_exceeded", "the last iteration did not finalize")


def _iteration(attempt: Attempt, history: Sequence[Mapping[str, Any]], last: bool) -> list[Message]:
    schema = attempt.signature.output_schema
    return render.iteration(attempt.body, schema, attempt.params, attempt.documents, history, last)


def _decided(attempt: Attempt, last: bool, value: Any) -> Mapping[str, Any]:
    """Raises: Unfit."""
    decision = value.get("decision") if isinstance(value, dict) else None
    if decision == "finalize":
        return {"decision": decision, "output": attempt.fit(value.get("output"))}
    if decision != "refine":
        raise Unfit(["$.decision: expected refine or finalize"])
    if last:
        raise Stopped("iteration_budget_exceeded", "the last iteration has to finalize")
    queries = value.get("queries")
    if not isinstance(queries, list) or not all(isinstance(each, dict) for each in queries):
        raise Unfit(["$.queries: expected a list of objects"])
    found: Mapping[str, Any] = value
    return found


def _protocol(signature: Signature) -> Mapping[str, Any]:
    """The shape of an iteration's answer, for providers that can keep their model to one."""
    texts = {name: {"type": ["string", "null"]} for name in ("text", "doc")}
    numbers = {name: {"type": ["integer", "null"]} for name in ("start", "end", "k")}
    query = _closed({"tool": {"enum": ["peek", "search", "slice"]}, **texts, **numbers})
    return _closed(
        {
            "decision": {"type": "string", "enum": ["finalize", "refine"]},
            "notes": {"type": "string"},
            "queries": {"type": "array", "items": query},
            "output": or_nothing(signature.output_schema),
        }
    )


def _closed(properties: Mapping[str, Any]) -> Mapping[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


STRATEGIES: Mapping[str, Callable[[Attempt], Any]] = {
    "direct.v1": _direct,
    "rlm_lite.v1": _rlm_lite,
}
