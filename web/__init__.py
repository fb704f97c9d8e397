"""The HTTP edge: parse, authorise, call one core function, render."""
