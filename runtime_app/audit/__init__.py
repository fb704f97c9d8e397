"""What operators did: one row per act, written in the act's own transaction.

- **No act without its row.** `journal.record` takes the transaction that does the deed. Either both
  commit or neither does. An act that fails leaves no row, because nothing was done.
- **Who and why.** Every row names an actor and a reason; the database refuses an empty one. `role`
  says by which right the actor acted, `key_id` with which signing key, where there was one.
- **One door.** `runtime.record_act` is the only way in. It runs as the schema's owner; the
  application's own role can neither insert, change nor remove a row, and a trigger refuses changes
  by the owner too.
- **Order and integrity.** Acts are numbered under one lock and hash-chained (see `chain`). The lock
  is taken last: an act first does what it does, then records it.
- **What is in it.** Ids, settings and reasons. Never a secret, never what a user has said.
"""
