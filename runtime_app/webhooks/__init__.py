"""Signed notices of what runs and tools come to, sent to endpoints that the settings name.

The truth is a row per notice and endpoint, written in the transaction of the event that it tells
of (`runtime_app.events.outbox`); without endpoints nothing is written and nothing is asked. A
courier sends what is due, at most one of an endpoint at a time, and each endpoint on a thread of
its own, so that one that hangs delays nobody else. A delivery that fails is due again later, and
given up after the last of `DELAYS_S`. It is sent at least once: who dies between the answer and its
row has it sent again, under the same id.
"""
