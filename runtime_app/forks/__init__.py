"""Runs that begin with the conversation of another one; the other one stays what it is."""
