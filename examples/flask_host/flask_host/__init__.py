"""Guichet: a small event platform, to show how a Flask application takes entremise into its own process.

It has what every platform has: people who register, a desk at the door, a settings page, a page for each ticket.
What is about entremise is in two files: ``introductions.py`` (the Flask extension) and ``adapter.py`` (the host).
"""

from .app import create_app

__all__ = ["create_app"]
