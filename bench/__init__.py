"""Benchmarks: numbers, not verdicts. `make bench`, or `python -m bench append` for one."""
