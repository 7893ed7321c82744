"""Receivers of pretix's signals for this area."""
