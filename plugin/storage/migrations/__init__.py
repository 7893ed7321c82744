"""Brings older databases to the tables in ``storage.tables``."""
