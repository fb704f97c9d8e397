"""The settings of calls to providers that are at fault."""

from runtime_app.config.kinds import seconds, whole
from runtime_app.config.setting import Setting
from runtime_app.resilience.fallbacks import Fallbacks
from runtime_app.resilience.rate_limits import RateTable

RESILIENCE: tuple[Setting, ...] = (
    Setting(
        "OA_FALLBACKS",
        Fallbacks.parse,
        "",
        "Which models are asked instead where one does not answer, comma separated: a model id or "
        "a provider, =, one or two model ids with | between them. Default: none.",
        roles=("worker-runs",),
    ),
    Setting(
        "OA_RATE_BUDGETS",
        RateTable.parse,
        "",
        "What all processes together may ask of a provider in a minute, comma separated: "
        "provider=requests/tokens, with - for one without a limit. Default: no limits.",
        roles=("worker-runs",),
    ),
    Setting(
        "OA_CALLS_PER_PROVIDER",
        whole(1, 10_000),
        "16",
        "Model calls of one provider that a worker process makes at once; half of its threads.",
        roles=("worker-runs",),
    ),
    Setting(
        "OA_BREAKER_FAULTS",
        whole(1, 1000),
        "5",
        "Faults of a provider in a row that open its breaker.",
    ),
    Setting(
        "OA_BREAKER_OPEN_S",
        seconds(0.1, 300),
        "10",
        "How long a breaker is open the first time; each further time twice as long.",
    ),
)
