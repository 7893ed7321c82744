"""What an organiser says of a plan beside its frame: pins, people apart or together, pauses. Pure changes of a brief.

A brief is replaced as a whole: every function returns a new one with all that it said before.
"""

KINDS = ("pins", "apart", "together", "paused")


def with_pin(brief, person, group):
    """Put somebody into a group; an earlier pin of the same person in the same meal or round is given up."""
    there = group.partition("/")[0] if "/" in group else ""
    kept = [
        pin
        for pin in brief["pins"]
        if pin["person"] != person or (there and pin["group"].partition("/")[0] != there)
    ]
    return {**brief, "pins": [*kept, {"person": person, "group": group}]}


def with_apart(brief, one, other):
    """Keep two people out of one group."""
    if any(set(pair) == {one, other} for pair in brief["apart"]):
        return brief
    return {**brief, "apart": [*brief["apart"], [one, other]]}


def with_together(brief, people):
    """Keep people in one group."""
    people = list(dict.fromkeys(people))
    if any(set(known) == set(people) for known in brief["together"]):
        return brief
    return {**brief, "together": [*brief["together"], people]}


def with_pause(brief, person):
    """Give somebody no new place for now."""
    return brief if person in brief["paused"] else {**brief, "paused": [*brief["paused"], person]}


def without(brief, kind, number):
    """Take back one of what was said; what is not there (any more) stays not there."""
    if kind not in KINDS:
        return brief
    return {**brief, kind: [one for at, one in enumerate(brief[kind]) if at != number]}


def people_of(brief):
    """Return everybody whom the rules name."""
    found = {pin["person"] for pin in brief["pins"]} | set(brief["paused"])
    return found.union(*brief["apart"], *brief["together"])
