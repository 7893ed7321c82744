"""What libraries work out anew for every store and every application of a process, here worked out once a process.

A service opens one store and one web door; tests open hundreds. Nothing of a test's own is kept from test to test, only
text that depends on our source alone: SQL as compiled from our statements, routes as compiled from our addresses.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from functools import cache
from importlib.metadata import EntryPoints, entry_points
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.dialects import registry as dialects
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.util import LRUCache
from werkzeug.routing import Rule

from entremise.hooks import registry


def work_out_once() -> None:
    """Arrange it, before the first store is opened."""
    dialects.register("sqlite", __name__, "Sqlite")
    setattr(Rule, "_compile_builder", _builder)  # noqa: B010 - a name of its own, typed as a method
    setattr(registry, "entry_points", _entry_points)  # noqa: B010 - the registry's name for it, not ours


def set_apart() -> None:
    """Have the garbage collector pass over what stays to the end: modules, and the thousands of collected tests."""
    gc.collect()
    gc.freeze()


class Sqlite(SQLiteDialect_pysqlite):
    """SQLite as it is; engines of one process share what statements compile to."""

    supports_statement_cache = True

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self)

    def __hash__(self) -> int:
        return hash(type(self))

    @classmethod
    def engine_created(cls, engine: Engine) -> None:
        engine.update_execution_options(compiled_cache=_statements)


_statements: LRUCache[Any, Any] = LRUCache(3000)
_builders: dict[Any, Callable[..., tuple[str, str]]] = {}
_compile_builder = Rule._compile_builder


def _builder(rule: Rule, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
    """Return what writes an address of this rule; it finds the rule's converters in the rule that it is given."""
    if rule.defaults:
        return _compile_builder(rule, append_unknown)
    key = (rule.rule, tuple(rule._trace), append_unknown)
    if key not in _builders:
        _builders[key] = _compile_builder(rule, append_unknown)
    return _builders[key]


def _entry_points(*, group: str) -> EntryPoints:
    return _on(tuple(sys.path), group)


@cache
def _on(_path: tuple[str, ...], group: str) -> EntryPoints:
    return entry_points(group=group)
