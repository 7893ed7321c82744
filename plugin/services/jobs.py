"""Every kind of work that a bell can ask for, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from .look_up import look_up
from .ports import Job
from .process import drain
from .recompute import recompute
from .write_back import write_back

JOBS: Mapping[Job, Callable[..., None]] = {
    "process": drain,
    "look_up": look_up,
    "recompute": recompute,
    "write_back": write_back,
}
"""Called with the services and the bell's arguments: an installation, and for ``recompute`` a host event."""
