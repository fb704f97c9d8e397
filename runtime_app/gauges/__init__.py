"""What the rows say of this moment, read when somebody scrapes a web process.

Postgres is authoritative; nothing here is counted by a process. A reading is kept for 5 s and made
by one asker at a time. Where none can be had (the database is away, or does not answer in a second)
the gauges are absent, because nothing is known, and the page is there all the same.
"""
