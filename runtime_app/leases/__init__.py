"""At most one executor per run.

**Who is authoritative.** The row in `run_leases` says who may execute; the `epoch` in the run's
head says whose appends count. Every grant raises the epoch by one, and every append of an executor
presents its own. A holder that has been replaced can compute what it likes: nothing it does reaches
the log. Correctness needs no clock, no broker and no proof that a process is dead.

**What is granted.** A lease of `ttl_s` (20 s), counted by the database's clock. One keeper thread
per process renews all of its leases every `heartbeat_s` (5 s) in one statement. A renewal shows
that the process lives, not that the run gets anywhere.

**The trust window.** A holder believes in its lease until `ttl_s` after the *start* of the last
renewal that succeeded, by its own monotonic clock. Past that it stops by itself. Local time can
only make a holder stop sooner, never later.

**Letting go.** `park` releases only if the head still is what the holder has folded; a frame that
lands meanwhile makes it go on. A plain release is for handing work on (drain), and asks for a step.

**Losing.** A lease that expires under an owner is a loss. Whoever meets it first (the janitor, or
an executor that was woken) declares it: `run.executor_lost` is appended, the epoch moves, and the
run pauses for 0, 5, then 20 s. How often a run was lost without progress is a matter of its log;
the decision to give up is the executor's, by its rules. Only a run that none survives is ended with
its sixth loss, by whoever declares that.
"""
