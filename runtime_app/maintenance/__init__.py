"""Sweepers: each makes one promise true again, from the rows alone.

| promise | kept by | made true again by |
|---|---|---|
| an accepted frame is processed | the catalogue's wakes, park | wakeup_sweeper |
| one executor per run | the epoch | janitor |
| a run that no executor survives ends | the sixth loss in a row | janitor |
| a queued tool runs | the catalogue's wakes, claim | wakeup_sweeper |
| a claimed tool ends | its deadline, and its worker's signs of life | tool_rescuer |
| whoever waits for a slot gets one | whoever gives one back | slot_sweeper |
| what only readers needed goes in time | `retention_marks` | pruner |
| an ended log has its anchor | the beat, which asks for it every 2 s | integrity_sweeper |
| a nonce counts once | the nonce table | (pruned when its token has expired) |

A sweep may run in any number of copies at once: it takes an advisory lock for the length of its
transaction, and the copy that does not get it has nothing to do. Batches are bounded.
"""
