"""Whether a call may go out to a provider, and what its end says of that provider.

**Who is authoritative.** A breaker is one row of `provider_breakers`, the same for all processes;
it survives every one of them and asks nothing of the broker. What a row becomes is said by one
function of the schema, `breaker_next`, and done by one statement. Times are the database's.

**Generations.** Every change of a breaker is a new generation. An admission carries the one that it
was granted under, and its outcome counts only for that: a slow success that began before the trip
closes nothing, a late fault after the close opens nothing. They are counted as stale.

**What a process may know by itself.** That a breaker is closed, for at most 1 s. The outcomes of
its calls it sums up and writes every 250 ms, faults at once; what comes back renews its knowledge.
A notification on `provider_control` makes it forget sooner. A lost one costs that second.

**Half open.** Three permits, each of which runs out by itself: a probe whose process was killed
blocks nobody for longer than its call could have lasted.

**Whose fault it is.** A caller's mistake, a refusal by policy and a cancel say nothing of the
provider. A credential that is refused has a breaker of its own, so that it closes no door for
others.

**Without Postgres** nothing is admitted: what the call gave could not be recorded anyway.
"""
