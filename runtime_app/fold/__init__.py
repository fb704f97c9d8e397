"""What a log amounts to: the state of a run, event by event. Pure.

The log is authoritative; a state is never stored but as a copy that may be thrown away. The same
events come to the same state in every process and release that knows their versions.
"""
