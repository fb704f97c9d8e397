"""What an executor is told by its process."""

from dataclasses import dataclass

from runtime_app.providers.abilities import USUAL, Abilities
from runtime_app.runs.slots import SlotLimits


@dataclass(frozen=True, slots=True)
class ExecutorSettings:
    """How executors of this process work.

    Args:
        owner: a name for this process, stored with its leases.
        system_prompt: what every model call begins with.
        slots: how many runs of one thread, one owner, one autopilot are at work at once.
        abilities: what models can take.
        slice_s: after this long a run goes to the back of the queue, between two actions.
    """

    owner: str
    code_version: str
    system_prompt: str
    slots: SlotLimits
    abilities: Abilities = USUAL
    slice_s: float = 60
