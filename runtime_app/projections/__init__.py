"""Read models of the log for the control plane's pages.

- **Derived.** A row is a pure function of one run's events; all of them can be made again.
- **In order.** An event is applied only after the one before it, and rows and watermark commit
  together: sweeps may meet, and may die.
- **Ours only.** A row without our tag is never written, changed or deleted; one that stands where
  ours should be makes the run a dead letter.
- **Proven.** The watermark counts and sums the rows it has written; a difference is found, repaired
  from the log, and looked at again.
"""
