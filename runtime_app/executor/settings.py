"""What an executor is told by its process."""

from dataclasses import dataclass

from runtime_app.providers.prompt_budget import USUAL_BUDGETS, PromptBudgets
from runtime_app.runs.slots import SlotLimits


@dataclass(frozen=True, slots=True)
class ExecutorSettings:
    """How executors of this process work.

    Args:
        owner: a name for this process, stored with its leases.
        system_prompt: what every model call begins with.
        slots: how many runs of one thread, one owner, one autopilot are at work at once.
        prompt_budgets: how many tokens a prompt may be.
        slice_s: after this long a run goes to the back of the queue, between two actions.
    """

    owner: str
    code_version: str
    system_prompt: str
    slots: SlotLimits
    prompt_budgets: PromptBudgets = USUAL_BUDGETS
    slice_s: float = 60
