"""Imports every receiver: pretix finds them by being connected."""

from . import lifecycle, noticing, tasks  # noqa: F401
from .attendees import receivers as attendees  # noqa: F401
from .control import receivers as control  # noqa: F401
from .organiser import receivers as organiser  # noqa: F401
