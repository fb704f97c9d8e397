"""Anchors: signed statements of how a log stood, kept outside the database.

Whoever owns the database can change an event and link everything behind it anew. The chain alone
then holds. An anchor says *at this time, event `seq` of this run had this hash*, under a key that
the database does not know, in a place that it cannot write to.

- **When.** Within two seconds of a run's end, by a job that anchors all that have ended meanwhile
  together; once a day for a run that goes on. What failed is made good by a sweep, for a week.
- **Only of what holds.** A log is checked from its newest anchor on before it is anchored again.
- **Who believes what.** The store says which anchors there are; `run_anchors` only says what was
  written, so that an anchor which has gone is missed. Neither alone can hide a change.
- **What fails, and then.** Store away, key unknown, anchor damaged: nobody can say whether the log
  is what it was, and that is the answer. The run itself waits for none of this.
"""
