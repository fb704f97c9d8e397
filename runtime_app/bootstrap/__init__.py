"""Composition: the only place that picks implementations. One root for each kind of process."""
