"""The kinds of acquaintance: the same terms of a pair, weighed differently."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

Kind = Literal["connection", "peer", "expert", "mentorship"]

TERMS = (
    "need_offer", "offer_need", "about", "organisation", "sector", "seniority_near", "seniority_ahead",
)  # fmt: skip
"""What a directed score is made of, each in [0, 1], seen from the first of two people: what they seek and the other
gives, the other way round, what both are about, whether they share organisation and sector, how near their
seniorities are, and how far ahead
the other is (a half where they stand alike)."""

_SEEK = {"needs": 1.0, "goals": 0.3, "challenges": 0.3}
_ABOUT = {"challenges": 1.0, "interests": 1.0, "goals": 0.75, "bio": 0.75, "sector": 0.4, "title": 0.3}


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """How much each term counts, by its name in ``TERMS``.

    ``doubt`` is added to what is shared out, so that little evidence gives a lower score than much of the same.
    Nobody is suggested for whom the term ``lead`` is unknown or below ``least``. ``seek`` and ``about`` say which facets are pooled, and how much of each.
    """

    terms: Mapping[str, float]
    doubt: float
    seek: Mapping[str, float] = field(default_factory=lambda: _SEEK)
    about: Mapping[str, float] = field(default_factory=lambda: _ABOUT)
    give: str = "offers"
    lead: str = ""
    least: float = 0.0
    mutual: bool

    def learnt(self, given: Mapping[str, Any]) -> Weights:
        """Return these weights with the terms (and ``doubt``) that were learnt in their place."""
        terms = {**self.terms, **{name: float(given[name]) for name in TERMS if name in given}}
        return replace(self, terms=terms, doubt=float(given.get("doubt", self.doubt)))


TELLING = 0.12
"""What texts are worth to each other that have something in common: a cosine of about 0.2."""

KINDS: Mapping[Kind, Weights] = {
    "connection": Weights(
        terms={"need_offer": 45.0, "offer_need": 10.0, "about": 40.0, "sector": 5.0, "seniority_near": 5.0},
        doubt=20.0,
        mutual=True,
    ),
    # The same challenge, near in seniority: what attendees say they want most.
    "peer": Weights(
        terms={"about": 75.0, "sector": 5.0, "seniority_near": 20.0},
        doubt=20.0,
        about={"challenges": 1.0, "goals": 0.3, "interests": 0.2, "bio": 0.2, "title": 0.15},
        lead="about",
        least=TELLING,
        mutual=True,
    ),
    "expert": Weights(
        terms={"need_offer": 75.0, "about": 15.0, "seniority_ahead": 10.0},
        doubt=20.0,
        lead="need_offer",
        least=TELLING,
        mutual=False,
    ),
    # Advice is asked of those near by and ahead, about what they know.
    "mentorship": Weights(
        terms={
            "need_offer": 35.0,
            "about": 20.0,
            "organisation": 25.0,
            "sector": 25.0,
            "seniority_ahead": 30.0,
        },
        doubt=20.0,
        about={"challenges": 1.0, "interests": 1.0, "goals": 1.0, "bio": 0.75},
        mutual=False,
    ),
}
