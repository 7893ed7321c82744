"""Puts the meetings of a plan into its slots and spots, for people of a file, and keeps what was announced where it can."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from ..services.dataset import require_engine
from ..services.frames.documents import Wrong
from ..services.frames.meeting_arrays import pinned_rows, problem_of, slots_within
from ..services.frames.meetings import SchedulePlan, Wish
from ..services.frames.wishes import uids_of, with_pins
from .attendees import People
from .problems import Problems
from .schedules import Scheduled
from .watching import STEPS, Parts, Phase, unwatched

if TYPE_CHECKING:
    from ..engine.meetings import ImpossiblePins, MeetingPlan


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """All meetings of a schedule (planned, called off, left over), and figures about them."""

    meetings: Sequence[Scheduled]
    report: Mapping[str, Any]


def make_schedule(
    plan: SchedulePlan,
    people: People,
    wishes: Sequence[Wish],
    problems: Problems,
    *,
    previous: Sequence[Scheduled] = (),
    now: float,
    effort: float = 1.0,
    seed: int = 0,
    phase: Phase = unwatched,
) -> Made:
    """Place what is worth most. Raises ``Wrong`` naming the pins that cannot be kept.

    People who are gone or did not agree are in no meeting; an availability that cannot be read becomes a problem.
    """
    require_engine()
    from ..engine.meetings import ImpossiblePins
    from ..engine.meetings_making import schedule

    wished = with_pins(plan, wishes)
    uids = uids_of(wished, plan.name)
    absent = [_absent(wish, people) for wish in wished]
    for pin in plan.pins:
        stopped = _absent(Wish(people=pin.people, worth=1.0), people)
        if stopped is not None:
            raise Wrong(pin.field, f"{stopped[1][:100]!r} {_SAID[stopped[0]]}")
    possible = [row for row, stopped in enumerate(absent) if stopped is None]
    before = {one.uid: one for one in previous if one.status == "planned"}

    def available(person: str) -> Sequence[bool]:
        def wrong(at: int, reason: str) -> None:
            problems.add(people.file, people.lines[person], reason, field=f"availability.{at}")

        return slots_within(plan, people.profiles[person].availability, wrong)

    announced = [before.get(uids[row]) for row in possible]
    problem, ids = problem_of(
        plan,
        [wished[row] for row in possible],
        {person: profile.mode for person, profile in people.profiles.items()},
        available,
        [None if one is None else (one.slot, one.spot) for one in announced],
        pinned_rows(plan, [wished[row] for row in possible]),
    )
    with phase(f"placing {len(possible)} meetings", STEPS) as advance:
        try:
            made = schedule(problem, seed=seed, effort=effort, progress=Parts(advance))
        except ImpossiblePins as impossible:
            raise _impossible(plan, impossible, [wished[row] for row in possible], ids) from impossible
    found = _planned(plan, made, [(uids[row], wished[row]) for row in possible], ids)
    found += [
        Scheduled(
            uid=uids[row],
            people=wished[row].people,
            worth=wished[row].worth,
            status="left_over",
            cause=stopped[0],
            person=stopped[1],
        )
        for row, stopped in enumerate(absent)
        if stopped is not None
    ]
    meetings = _with_history(found, previous, now)
    return Made(meetings=meetings, report=_report(made, meetings, len(wished), previous))


def _absent(wish: Wish, people: People) -> tuple[str, str] | None:
    """Return why these people cannot meet at all: a cause, and who is to blame."""
    for person in wish.people:
        profile = people.profiles.get(person)
        if profile is None or person in people.gone:
            return "not_attending", person
        agreed = profile.consent.matching if len(wish.people) == 2 else profile.consent.groups
        if not agreed:
            return "no_consent", person
    return None


def _planned(
    plan: SchedulePlan, made: MeetingPlan, wishes: Sequence[tuple[str, Wish]], ids: Sequence[str]
) -> list[Scheduled]:
    causes = {one.meeting: one for one in made.left_over}
    found = []
    for row, ((uid, wish), (slot, spot)) in enumerate(zip(wishes, made.places.tolist(), strict=True)):
        one = Scheduled(uid=uid, people=wish.people, worth=wish.worth)
        if slot >= 0:
            found.append(replace(one, slot=plan.slots[slot].text, spot=plan.spots[spot].name))
        else:
            left = causes[row]
            person = ids[left.person] if left.person >= 0 else ""
            found.append(replace(one, status="left_over", cause=left.cause.name.lower(), person=person))
    return found


def _with_history(
    found: Sequence[Scheduled], previous: Sequence[Scheduled], now: float
) -> Sequence[Scheduled]:
    """Number what changed since it was announced, and call off what does not take place any more."""
    known = {one.uid: one for one in previous}
    meetings = []
    for one in found:
        before = known.get(one.uid)
        if one.status != "planned" or before is None:
            meetings.append(replace(one, changed_at=now) if one.status == "planned" else one)
        elif before.status == "planned" and (before.slot, before.spot) == (one.slot, one.spot):
            meetings.append(replace(one, sequence=before.sequence, changed_at=before.changed_at))
        else:
            meetings.append(replace(one, sequence=before.sequence + 1, changed_at=now))
    planned = {one.uid for one in meetings if one.status == "planned"}
    for one in previous:
        if one.uid not in planned:
            off = one.status == "cancelled"
            meetings.append(
                one if off else replace(one, status="cancelled", sequence=one.sequence + 1, changed_at=now)
            )
    return meetings


def _report(
    made: MeetingPlan, meetings: Sequence[Scheduled], wished: int, previous: Sequence[Scheduled]
) -> dict[str, Any]:
    causes: dict[str, int] = {}
    for one in meetings:
        if one.status == "left_over":
            causes[one.cause] = causes.get(one.cause, 0) + 1
    found: dict[str, Any] = {
        "wished": wished,
        "planned": sum(one.status == "planned" for one in meetings),
        "unplaced": causes,
        "worth": made.worth,
        "optimal": made.optimal,
        "gap": made.gap,
    }
    if previous:
        found |= {
            "kept": made.kept, "moved": made.moved,
            "cancelled": sum(one.status == "planned" for one in previous) - made.kept - made.moved,
        }  # fmt: skip
    return found


def _impossible(
    plan: SchedulePlan, found: ImpossiblePins, wishes: Sequence[Wish], ids: Sequence[str]
) -> Wrong:
    pinned = {wishes[row].people for row in found.meetings}
    pins = [pin for pin in plan.pins if pin.people in pinned]
    person = f" ({ids[found.person]})" if found.person >= 0 else ""
    reason = _SAID[found.cause.name.lower()] + person
    others = ", ".join(pin.field for pin in pins[1:])
    return Wrong(pins[0].field, f"{reason}{f': also {others}' if others else ''}")


_SAID = {
    "not_attending": "is not attending",
    "no_consent": "did not agree to be brought together with others",
    "no_common_slot": "there is no slot in which all of them are available",
    "no_suitable_spot": "no spot admits these people (on site and by video)",
    "spots_too_small": "the spots that admit them never hold so many people",
    "spots_closed": "the spots that admit them are closed whenever all of them are available",
    "pinned": "they cannot have this slot and spot",
    "person_at_limit": "somebody of them may have no meetings",
    "pins_clash": "these pins cannot be kept together",
}
"""Why a pin cannot be kept, in words."""
