"""Addresses at which the service delivers."""

event_patterns = []
