"""Looks for bytes inside stored bytes, in the database: what is not concerned need not travel."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, LargeBinary, func, literal


def contains(connection: Connection, column: Column[Any], needle: bytes) -> ColumnElement[bool]:
    """Return the condition that the column holds these bytes somewhere (false where it is NULL)."""
    wanted = literal(needle, LargeBinary)
    if connection.dialect.name == "postgresql":
        return func.coalesce(func.position(wanted.op("IN")(column)), 0) > 0
    return func.coalesce(func.instr(column, wanted), 0) > 0
