"""Mentorship: capacities hold, rules hold, both sides hear of it, and few are moved."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from builders import EVERYTHING
from hall import Hall
from hypothesis import given
from hypothesis import strategies as st

from entremise.hooks.markers import hookimpl
from entremise.plugin.domain.model import Mentoring
from entremise.plugin.storage.sql import open_store

MENTEE = Mentoring("mentee")


def mentor(capacity: int = 1) -> Mentoring:
    return Mentoring("mentor", capacity)


def pairs(hall: Hall) -> set[tuple[str, str]]:
    """(mentee, mentor) as the mentees hold them; the mentors must hold the same."""
    held = hall.held("mentorship")
    told = {
        (who, item["role"], item["person"]) for who, payload in held.items() for item in payload["pairings"]
    }
    as_mentee = {(who, other) for who, role, other in told if role == "mentee"}
    assert as_mentee == {(other, who) for who, role, other in told if role == "mentor"}
    return as_mentee


def test_mentees_get_the_mentor_who_offers_what_they_need_and_both_are_told_why(hall: Hall) -> None:
    shown = ("needs", "offers", "seniority")
    hall.put("mia", mentoring=MENTEE, seniority=0, needs=("négociation",), visible=shown)
    hall.put("max", mentoring=MENTEE, seniority=1, needs=("prototypage",), visible=shown)
    hall.put("olga", mentoring=mentor(), seniority=4, offers=("prototypage",), visible=shown)
    hall.put("otto", mentoring=mentor(), seniority=5, offers=("négociation",), visible=shown)

    hall.run("mentorship")

    assert pairs(hall) == {("mia", "otto"), ("max", "olga")}
    held = hall.held("mentorship")
    assert (held["mia"]["role"], held["otto"]["role"]) == ("mentee", "mentor")
    (item,) = held["mia"]["pairings"]
    assert [reason["code"] for reason in item["for_you"]] == ["need_offered", "more_senior"]
    (back,) = held["otto"]["pairings"]
    assert [reason["code"] for reason in back["for_them"]] == ["offer_needed", "less_senior"]


def test_a_mentor_whom_everybody_wants_takes_as_many_as_agreed_and_the_others_are_shared_out(
    hall: Hall,
) -> None:
    for number in range(5):
        hall.put(f"m{number}", mentoring=MENTEE, needs=("export",))
    hall.put("star", mentoring=mentor(3), offers=("export",))
    hall.put("kind", mentoring=mentor(2), offers=("poterie",))

    hall.run("mentorship")

    made = pairs(hall)
    assert len(made) == 5
    assert sum(1 for _, who in made if who == "star") == 3

    hall.settings["mentorship.most_mentees"] = 1
    hall.run("mentorship")

    assert {who for _, who in pairs(hall)} == {"star", "kind"}
    assert len(pairs(hall)) == 2


def test_a_mentor_is_ahead_by_the_gap_where_both_say_where_they_stand(hall: Hall) -> None:
    hall.put("mia", mentoring=MENTEE, seniority=3)
    hall.put("peer", mentoring=mentor(), seniority=3)
    hall.run("mentorship")
    assert hall.held("mentorship") == {}

    hall.put("unknown", mentoring=mentor(), seniority=None)
    hall.run("mentorship")
    assert pairs(hall) == {("mia", "unknown")}

    hall.settings["mentorship.seniority_gap"] = 0
    hall.put("unknown", mentoring=mentor(), seniority=2)
    hall.run("mentorship")
    assert pairs(hall) == {("mia", "peer")}


def test_the_organisers_rules_on_organisations_and_sectors_hold(hall: Hall) -> None:
    hall.put("mia", mentoring=MENTEE, organisation="Nord", sector="santé", visible=("organisation", "sector"))
    hall.put(
        "own", mentoring=mentor(), organisation="Nord", sector="santé", visible=("organisation", "sector")
    )
    hall.settings["mentorship.organisations"] = "other"
    hall.run("mentorship")
    assert hall.held("mentorship") == {}
    hall.settings |= {"mentorship.organisations": "same", "mentorship.sectors": "other"}
    hall.run("mentorship")
    assert hall.held("mentorship") == {}
    hall.settings["mentorship.sectors"] = "any"
    hall.run("mentorship")
    assert pairs(hall) == {("mia", "own")}


def test_mentees_are_shared_out_where_the_organiser_wishes_it(hall: Hall) -> None:
    for number in range(2):
        hall.put(f"m{number}", mentoring=MENTEE, needs=("export de vin",))
    hall.put("star", mentoring=mentor(2), offers=("export de vin",))
    hall.put("kind", mentoring=mentor(2), offers=("export de vin", "poterie"))
    one = hall.compute("mentorship", anew=True)
    assert one is not None
    assert {ref for ref in one.payloads if ref in {"star", "kind"}} == {"star"}
    hall.settings["mentorship.balance"] = True
    hall.run("mentorship")
    assert {who for _, who in pairs(hall)} == {"star", "kind"}


def test_only_those_who_agreed_to_mentoring_and_share_a_language_are_paired(hall: Hall) -> None:
    hall.put("mia", mentoring=MENTEE, languages=("fr",))
    hall.put("english", mentoring=mentor(), languages=("en",))
    hall.put("silent", mentoring=mentor(), languages=("fr",), consent=replace(EVERYTHING, mentoring=False))
    hall.put("neither", languages=("fr",))

    hall.run("mentorship")

    assert hall.held("mentorship") == {}


def test_somebody_blocked_is_never_paired_again(hall: Hall) -> None:
    hall.put("mia", mentoring=MENTEE)
    hall.put("otto", mentoring=mentor())
    hall.run("mentorship")
    assert pairs(hall) == {("mia", "otto")}

    hall.say("otto", "declined", "mia")
    hall.run("mentorship")

    assert hall.held("mentorship") == {}


def test_two_who_would_be_either_are_not_each_others_mentor(hall: Hall) -> None:
    hall.settings["mentorship.seniority_gap"] = 0
    both = Mentoring("both", 2)
    hall.put("ana", mentoring=both, needs=("export",))
    hall.put("bob", mentoring=both, offers=("export",))

    hall.run("mentorship")

    assert pairs(hall) == {("ana", "bob")}


def test_one_in_the_middle_holds_their_mentor_and_their_mentees_in_one_payload(hall: Hall) -> None:
    hall.put("young", mentoring=MENTEE, seniority=0)
    hall.put("middle", mentoring=Mentoring("both", 1), seniority=2)
    hall.put("senior", mentoring=mentor(), seniority=5, languages=("en",))
    hall.put("young", mentoring=MENTEE, seniority=0, languages=("fr",))

    hall.run("mentorship")

    payload = hall.held("mentorship")["middle"]
    assert payload["role"] == "mentor"
    assert [(item["rank"], item["role"], item["person"]) for item in payload["pairings"]] == [
        (1, "mentor", "young"),
        (2, "mentee", "senior"),
    ]


def test_check_ins_change_no_pair_and_cost_nothing(hall: Hall) -> None:
    hall.put("mia", mentoring=MENTEE)
    hall.put("otto", mentoring=mentor())
    hall.put("guest")
    hall.run("mentorship")

    hall.arrive("mia", "otto", "guest")

    assert hall.run("mentorship") is None


def test_a_late_registration_moves_nobody_for_a_hairs_breadth(hall: Hall) -> None:
    hall.put("mia", mentoring=MENTEE, needs=("export de vin",))
    hall.put("otto", mentoring=mentor(), offers=("export de vin", "poterie", "tricot"))
    hall.run("mentorship")
    assert pairs(hall) == {("mia", "otto")}

    hall.put("ozan", mentoring=mentor(), offers=("export de vin", "poterie"))
    hall.run("mentorship")
    assert pairs(hall) == {("mia", "otto")}
    alone = hall.compute("mentorship", anew=True)
    assert alone is not None
    assert alone.mentions["mia"] == ("ozan",)

    hall.put("olga", mentoring=mentor(), offers=("export de vin",))
    hall.run("mentorship")
    assert pairs(hall) == {("mia", "olga")}


def test_a_plugin_may_veto_a_pair(hall: Hall) -> None:
    class OwnLine:
        @hookimpl
        def entremise_adjust_scores(self, feature: str, refs: list[str], scores: Any) -> None:
            if feature == "mentorship":
                scores[refs.index("otto"), refs.index("mia")] = float("-inf")

    hall.plugins.register(OwnLine(), name="own-line")
    hall.put("mia", mentoring=MENTEE)
    hall.put("otto", mentoring=mentor())

    hall.run("mentorship")

    assert hall.held("mentorship") == {}


roles = st.builds(Mentoring, st.sampled_from(["mentor", "mentee", "both", "none"]), st.integers(0, 3))
somebody = st.fixed_dictionaries(
    {
        "mentoring": roles,
        "seniority": st.sampled_from([None, 0, 1, 2, 5]),
        "languages": st.sampled_from([(), ("fr",), ("en",)]),
        "needs": st.sampled_from([(), ("export",)]),
        "offers": st.sampled_from([(), ("export",)]),
    }
)


@given(st.lists(somebody, max_size=8), st.integers(0, 2), st.integers(1, 2))
def test_rules_and_capacities_hold_whoever_comes(crowd: list[dict[str, Any]], gap: int, most: int) -> None:
    store = open_store("sqlite://")
    hall = Hall(store)
    hall.settings |= {"mentorship.seniority_gap": gap, "mentorship.most_mentees": most}
    for number, profile in enumerate(crowd):
        hall.put(f"a{number}", **profile)

    hall.run("mentorship")

    made = pairs(hall)
    who = {ref: person.profile for ref, person in hall.people.items()}
    assert len({mentee for mentee, _ in made}) == len(made)
    for mentee, tutor in made:
        assert who[mentee].mentoring.role in {"mentee", "both"}
        assert who[tutor].mentoring.role in {"mentor", "both"}
        assert (tutor, mentee) not in made
        known = who[tutor].seniority is not None and who[mentee].seniority is not None
        assert not known or who[tutor].seniority - who[mentee].seniority >= gap  # type: ignore[operator]
        assert (
            not who[tutor].languages
            or not who[mentee].languages
            or who[tutor].languages == who[mentee].languages
        )
    for ref, profile in who.items():
        assert sum(1 for _, tutor in made if tutor == ref) <= min(profile.mentoring.capacity, most)
    store.dispose()
