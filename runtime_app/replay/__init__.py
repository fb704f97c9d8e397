"""Take a log through the pure core again, and say where it would come out otherwise.

Two questions, by the same two functions that made the log, `decide` and `evolve`:

- *frozen*: is every decision in this log the one that this code makes of what came before it? Zero
  differences, or the first one by its seq and field.
- *live*: what would this release, under the settings that it has now, do with the same history? All
  that differs in meaning: decisions, caps, tools, prompts, the end.

The log is the input and stays what it is: frames, cancel requests, losses, what models and tools
answered, and when. A replay reads it by a connection that cannot write, calls no model, runs no
tool, and holds its process off the network meanwhile (`offline`). Deltas are not needed; a pruned
log is replayed as a whole one is, an open one up to its head.

What a log does not say is the very moment of a decision, only that of its append: a decision counts
as made if the core makes it at some moment between the event before and its own append. Where the
decision names the seconds it has counted, these are the moment.
"""
