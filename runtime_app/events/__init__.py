"""The run's event log: the source of truth, and the only door through which work is caused.

- **One door.** `log.append` is the only way in. It runs `runtime.append_events`, one statement that
  locks the run's head, checks the writer, links the hash chain, inserts, moves the head and
  notifies. A reader therefore sees whole batches, in order, without gaps.
- **Order.** `seq` is 1, 2, 3 … per run, allocated under the head's lock. There is no second
  numbering: the order of two frames is the order of their `frame.accepted` events.
- **Authority.** An executor presents the epoch of its lease with every append. A stale epoch writes
  nothing and raises `EpochSuperseded`. Writers that decide on what they have read (finish, park)
  also present the seq they have read; a head that has moved raises `HeadMoved`.
- **End.** `run.finished` closes the log. After it, `RunClosed`: nothing reopens a run.
- **Work.** The catalogue's `wakes` column says which jobs an event asks for. They leave after
  COMMIT, may be lost, and are then derived again from the rows by the sweeps.
- **Two kinds of reading.** Deltas are for people who watch; the fold, prompts and projections use
  the completed part (`text.ended` carries the whole text), so a fold never reads a delta.
- **Integrity.** `payload_hash` covers the canonical text as stored; `event_hash` links it to all
  that came before (see `hashchain`). Anyone can check an export with a few lines of any language.
"""
