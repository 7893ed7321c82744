"""The two marks of pluggy: ``hookspec`` declares a hook (only in ``specs``), ``hookimpl`` implements one."""

from __future__ import annotations

from typing import Final

import pluggy

PROJECT: Final = "entremise"
"""pluggy's project name, and the entry-point group under which plugins are found."""

hookspec: Final = pluggy.HookspecMarker(PROJECT)
hookimpl: Final = pluggy.HookimplMarker(PROJECT)
