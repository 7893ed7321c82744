"""Measures entremise against the barest programs that do the same: ``make bench ARGS="spine --json"``."""
