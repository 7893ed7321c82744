"""Checks of plans from outside: each scores a plan and its rules again and imports nothing of the engine."""
