"""Addresses of this area."""

event_patterns = []
