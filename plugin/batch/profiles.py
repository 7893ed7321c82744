"""What a profile in a file may hold: the generic host's, with room for whole abstracts and for codes of one's own."""

from __future__ import annotations

import re

from ...hooks.hosts.generic.bounded import Bio, Languages, Texts
from ...hooks.hosts.generic.schemas import ProfileSchema

LONGEST_TEXT = 50_000
"""Characters of one item or of a bio."""
MOST_TEXTS = 2_000


class LanguagesOrCodes(Languages):
    """Language tags, or short codes of one's own (``L1``): what is compared is whether they are equal."""

    form = re.compile(r"[A-Za-z0-9]{1,8}([-_][A-Za-z0-9]{1,8})*")


class FileProfileSchema(ProfileSchema):
    """A profile on one line of a file. It comes from no stranger over a network, so its texts may be long."""

    languages = LanguagesOrCodes(longest=40, most=MOST_TEXTS)
    bio = Bio(LONGEST_TEXT)
    interests = Texts(LONGEST_TEXT, MOST_TEXTS)
    challenges = Texts(LONGEST_TEXT, MOST_TEXTS)
    goals = Texts(LONGEST_TEXT, MOST_TEXTS)
    offers = Texts(LONGEST_TEXT, MOST_TEXTS)
    needs = Texts(LONGEST_TEXT, MOST_TEXTS)
