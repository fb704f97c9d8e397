"""What a thread remembers: texts of its log in three levels, each with what it was made from.

- **Derived.** All of it follows from `run_events`, and can be made again.
- **Levels.** L1 is made from the events of 10 minutes, L2 from the L1 of an hour, L3 from the L2 of
  a day. What is younger than the hot horizon is read as it is.
- **Once.** The ranges of L1 tile each run's log from 1, without a gap and without an overlap. An
  event that comes late is in a later window or part; what is sealed does not change.
- **Two phases.** A chunk is claimed with its exact inputs, built outside any transaction, and
  sealed only by the attempt that built it. Who dies is succeeded once the lease is over.
- **Honest.** `summarizer` names what wrote the text; no model did unless it says so.
"""
