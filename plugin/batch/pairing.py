"""Pairs the mentors and mentees of a file: who takes part, what the organiser asks for, and the plan by their ids."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from ..domain.errors import ConfigurationError
from ..domain.model import Profile
from .attendees import People
from .engine import Engine
from .lines import shown
from .pair_files import LeftOver, Paired, Pinned
from .problems import Problems
from .watching import Phase, unwatched
from .weights import Weights

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ..engine.mentorship import Plan
    from ..engine.mentorship_rules import Programme
    from ..engine.mentorship_stable import Preferences

Group = Literal["any", "other", "same"]
Side = Literal["mentees", "mentors"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the organiser asks for. ``seniority_gap`` is ``None`` where it does not matter; ``paused`` take nobody now."""

    seniority_gap: int | None = 1
    organisations: Group = "any"
    sectors: Group = "any"
    most_mentees: int = 100
    balance: float = 0.0
    stable: Side | None = None
    bonus: float = 0.1
    pins: Sequence[Pinned] = ()
    pins_file: str = ""
    vetoes: Sequence[tuple[str, str]] = ()
    paused: frozenset[str] = frozenset()
    previous: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True)
class Pairing:
    """``pairs`` in the order of mentors' and then mentees' ids, who is left over, and what is to be told of the plan."""

    pairs: Sequence[Paired]
    left: Sequence[LeftOver]
    report: Mapping[str, Any]


def taking_part(people: People) -> Mapping[str, Profile]:
    """Return those who agreed to mentoring, want to be mentor or mentee, and did not cancel.

    Raises ``ConfigurationError`` when there is no mentee and mentor among them.
    """
    found = {
        person: profile
        for person, profile in people.profiles.items()
        if profile.consent.mentoring and person not in people.gone and profile.mentoring.role != "none"
    }
    roles = Counter(profile.mentoring.role for profile in found.values())
    for role in ("mentee", "mentor"):
        if not roles[role] + roles["both"]:
            raise ConfigurationError(
                f"{people.file}: none of {len(people)} people agreed to mentoring (consent.mentoring true) as {role}"
            )
    return found


class Mentoring:
    """The mentors and mentees of a file as the engine sees them: mentees first, then who would be either, then mentors."""

    def __init__(
        self, people: People, asked: Asked, *, encoder: str, weights: Weights | None, phase: Phase = unwatched
    ) -> None:
        """Raises ``ConfigurationError`` when nobody can be paired, or the engine is not installed."""
        import numpy as np

        from ..engine.mentorship_rules import GroupRules, Programme
        from ..engine.scoring import Scorer

        self.profiles = taking_part(people)
        self.asked = asked
        self.engine = Engine(self.profiles, encoder=encoder, weights=weights, phase=phase)
        order = {"mentee": 0, "both": 1, "mentor": 2}
        rank = np.array([order[self.profiles[one].mentoring.role] for one in self.engine.matcher.ids])
        rows = np.argsort(rank, kind="stable")
        self.ids: Sequence[str] = [self.engine.matcher.ids[row] for row in rows]
        self.row_of = {person: row for row, person in enumerate(self.ids)}
        crowd = self.engine.matcher.crowd.among(rows)
        self.crowd = replace(crowd, vetoes=self._rows(asked.vetoes))
        self.mentees = int((rank < 2).sum())
        self.first_mentor = int((rank < 1).sum())
        self.pool: Programme = Programme(
            Scorer(self.crowd, self.engine.matcher.scorer("mentorship").weights),
            np.arange(self.mentees), np.arange(self.first_mentor, len(rows)),
            GroupRules(
                seniority_gap=asked.seniority_gap, organisations=asked.organisations, sectors=asked.sectors
            ),
            paused=np.array([person in asked.paused for person in self.ids]),
        )  # fmt: skip
        self.capacities: NDArray[np.intp] = np.array(
            [
                min(self.profiles[person].mentoring.capacity, asked.most_mentees)
                for person in self.ids[self.first_mentor :]
            ],
            dtype=np.intp,
        )

    def places(self, pairs: Sequence[tuple[str, str]]) -> NDArray[np.intp]:
        """Return those of these pairs of mentee and mentor who take part as such, by their places, each once."""
        import numpy as np

        found = [
            (self.row_of[mentee], self.row_of[mentor] - self.first_mentor)
            for mentee, mentor in dict.fromkeys(pairs)
            if self.row_of.get(mentee, self.mentees) < self.mentees
            and self.row_of.get(mentor, -1) >= self.first_mentor
        ]
        return np.array(found, dtype=np.intp).reshape(-1, 2)

    def preferences(self) -> Preferences:
        """Return how both sides value each other.

        A mentee by what the mentor has for them; a mentor as much by that as by what the mentee is to them as an
        acquaintance.
        """
        import numpy as np

        from ..engine.kinds import KINDS
        from ..engine.mentorship_stable import Preferences
        from ..engine.scoring import Scorer

        met = Scorer(self.crowd, KINDS["connection"])
        mentors = slice(self.first_mentor, len(self.ids))
        return Preferences(
            self.pool.values,
            lambda places: (self.pool.scores(places) + met.directed(places, mentors)[1]) / np.float32(2),
        )

    def _rows(self, pairs: Sequence[tuple[str, str]]) -> NDArray[np.intp]:
        import numpy as np

        rows = [(self.row_of[a], self.row_of[b]) for a, b in pairs if a in self.row_of and b in self.row_of]
        return np.array(rows, dtype=np.intp).reshape(-1, 2)


def make_pairs(mentoring: Mentoring, problems: Problems, phase: Phase = unwatched) -> Pairing:
    """Make the plan. A pin that cannot be made becomes a problem at its line."""
    import numpy as np

    from ..engine.mentorship import Wishes, pair

    asked = mentoring.asked
    pins = _known_pins(mentoring, problems)
    wishes = Wishes(
        pins=mentoring.places([(pin.mentee, pin.mentor) for pin in pins]),
        kept=mentoring.places(asked.previous), bonus=asked.bonus, load=asked.balance, stable=asked.stable,
    )  # fmt: skip
    with phase(f"pairing {mentoring.mentees} mentees", mentoring.mentees) as advance:
        plan = pair(
            mentoring.pool, mentoring.mentees, mentoring.capacities, wishes,
            preferences=mentoring.preferences(), watch=advance,
        )  # fmt: skip
    first = mentoring.first_mentor
    line_of = {(pin.mentee, pin.mentor): pin.line for pin in pins}
    for refused in plan.refused:
        pin = mentoring.ids[refused.mentee], mentoring.ids[first + refused.mentor]
        problems.add(shown(asked.pins_file), line_of[pin], _why(refused.reason), field="mentor")
    before = set(asked.previous)
    named = [(mentoring.ids[mentee], mentoring.ids[first + mentor]) for mentee, mentor in plan.pairs.tolist()]
    pairs = [
        Paired(*names, score=worth, pinned=pinned, kept=names in before)
        for names, worth, pinned in zip(named, plan.worth.tolist(), plan.pinned.tolist(), strict=True)
    ]
    left = [LeftOver(mentoring.ids[one.mentee], one.reason.value, one.mentors) for one in plan.lacking]
    filled = np.bincount(plan.pairs[:, 1], minlength=len(mentoring.capacities))
    report = {
        "mentees": mentoring.mentees, "mentors": len(mentoring.capacities),
        "places": int(mentoring.capacities.sum()), "pairs": len(pairs), "pinned": int(plan.pinned.sum()),
        "pins_refused": len({(pin.mentee, pin.mentor) for pin in asked.pins}) - int(plan.pinned.sum()),
        "score": plan.total, "mean_score": plan.total / len(pairs) if pairs else float("nan"),
        "left_over": dict(Counter(one.reason for one in left)),
        "mentors_without_mentees": int(((filled == 0) & (mentoring.capacities > 0)).sum()),
        "most_mentees": int(filled.max(initial=0)), **_proofs(plan),
    }  # fmt: skip
    return Pairing(sorted(pairs, key=lambda one: (one.mentor, one.mentee)), left, report)


def peer_groups(
    mentoring: Mentoring, among: Sequence[str], people: People, phase: Phase = unwatched
) -> Mapping[str, int]:
    """Return the peer circle, counted from 1, of each of these who take part, agreed to groups and found one."""
    import numpy as np

    from ..engine.mentorship_peers import peer_circles

    asked = set(among) & people.grouping().keys()
    rows = np.array([row for row, person in enumerate(mentoring.ids) if person in asked], dtype=np.intp)
    with phase(f"putting {len(rows)} people into circles", None):
        made = peer_circles(mentoring.crowd.among(rows))
    circles = (made.groups + 1).tolist()
    return {
        mentoring.ids[row]: circle for row, circle in zip(rows.tolist(), circles, strict=True) if circle > 0
    }


def _known_pins(mentoring: Mentoring, problems: Problems) -> list[Pinned]:
    """Return the pins of people who take part as mentee and as mentor; others become problems."""
    kept = []
    for pin in mentoring.asked.pins:
        if mentoring.row_of.get(pin.mentee, mentoring.mentees) >= mentoring.mentees:
            field, role = "mentee", "mentee"
        elif mentoring.row_of.get(pin.mentor, -1) < mentoring.first_mentor:
            field, role = "mentor", "mentor"
        else:
            kept.append(pin)
            continue
        name = pin.mentee if field == "mentee" else pin.mentor
        problems.add(
            shown(mentoring.asked.pins_file),
            pin.line,
            f"{name[:100]!r} did not agree to be a {role}",
            field=field,
        )
    return kept


def _proofs(plan: Plan) -> dict[str, Any]:
    told: dict[str, Any] = {"blocking_pairs": 0 if plan.blocking is None else len(plan.blocking)}
    if plan.proof is not None:
        told |= {
            "proved_gap": plan.proof.gap,
            "most_pairs_possible": plan.proof.most + int(plan.pinned.sum()),
        }
    if plan.stability is not None:
        one = plan.stability
        told["previous"] = {
            "still_possible": one.before, "kept": one.kept, "kept_without_bonus": one.kept_without,
            "score_given_up": one.worth,
        }  # fmt: skip
    return told


_REFUSED = {
    "full": "cannot be pinned: the mentor's places are pinned already",
    "twice": "cannot be pinned: the mentee is pinned to somebody else",
    "veto": "cannot be pinned: the two are not to be paired",
    "language": "cannot be pinned: the two share no language",
    "mode": "cannot be pinned: one is on site, the other remote",
    "mentee_paused": "cannot be pinned: the mentee is paused",
    "mentor_paused": "cannot be pinned: the mentor is paused",
}


def _why(reason: str) -> str:
    return _REFUSED.get(reason, f"cannot be pinned: {reason}")
