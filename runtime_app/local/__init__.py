"""The whole stack on one machine: no container, no system package, no account.

Who is authoritative: one supervisor per home folder, held by a lock on `{home}/lock`. It alone
starts, restarts and stops processes of that home, and it alone writes `{home}/stack.json`, which
exists exactly while every role has come up and the supervisor lives.

What is promised:

- A role that dies is started again, at first after 0.2 s, then ever later up to 10 s.
- Nothing outlives the supervisor. Stopped by a signal, it stops every role within 10 s; killed
  outright, the kernel ends the roles (each is tied to its parent's life), and the next start sweeps
  away whatever still carries the mark of this home.
- Data survives everything: Postgres runs with fsync on, the broker appends to a file, the secrets
  and the ports of a home are kept.
- Nothing is written outside the home folder, and nothing listens outside loopback.

The order: servers, then migrations, then all other roles at once; stopping is the reverse.
"""
