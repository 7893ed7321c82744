"""Writes the pages on which pairs are drawn into files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..domain.model import Profile
from ..services.pictures.pairs import Alone, Couple, pages
from .lines import write_pages
from .pair_files import LeftOver, Paired


def draw(
    path: str, pairs: Sequence[Paired], left: Sequence[LeftOver], profiles: Mapping[str, Profile]
) -> Sequence[str]:
    """Write one SVG file a page, ``pairs.svg``, ``pairs-2.svg`` and so on, and return their names.

    On standard output it is the first page alone.
    """
    couples = [Couple(one.mentor, one.mentee, one.pinned) for one in pairs]
    alone = [Alone(one.mentee, f"no_mentor_{one.reason}") for one in left]
    return write_pages(path, pages(couples, alone, profiles))
