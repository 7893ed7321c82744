"""Suggested connections: who is listed, what the lists never hold, and when they change."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from builders import EVERYTHING
from hall import Hall

from entremise.hooks.markers import hookimpl
from entremise.plugin.domain.errors import ConfigurationError
from entremise.plugin.domain.model import Consent

NO_MATCHING = replace(EVERYTHING, matching=False)
NO_PRESENCE = replace(EVERYTHING, presence=False)


def test_on_a_checkerboard_of_needs_and_offers_everybody_meets_their_other_half_first(hall: Hall) -> None:
    for number, topic in enumerate(("zeppelin", "quantique", "bouleau", "gamelan"), start=1):
        hall.put(f"n{number}", needs=(topic,), interests=("randonnée",))
        hall.put(f"o{number}", offers=(topic,), interests=("randonnée",))

    hall.run()

    assert {ref: hall.whom(ref)[0] for ref in hall.people} == {
        "n1": "o1", "o1": "n1", "n2": "o2", "o2": "n2", "n3": "o3", "o3": "n3", "n4": "o4", "o4": "n4",
    }  # fmt: skip


def test_a_list_says_why_in_both_directions_and_in_the_readers_language(hall: Hall) -> None:
    hall.put("ana", languages=("fr", "en"), needs=("financement européen",), interests=("vélo",))
    hall.put("bob", languages=("en", "fr"), offers=("financement européen",), interests=("vélo",))

    hall.run()

    held = hall.held()
    assert held["ana"]["language"] == "fr"
    (item,) = held["ana"]["suggestions"]
    assert item["rank"] == 1
    assert 0 < item["score"] <= 1
    assert item["for_you"] == [
        {
            "code": "need_offered",
            "text": "Vous cherchez «\u00a0financement européen\u00a0»\u00a0: cette personne le propose.",
        },
        {"code": "same_interest", "text": "Un même sujet vous intéresse\u00a0: «\u00a0vélo\u00a0»."},
    ]
    assert [reason["code"] for reason in item["for_them"]] == ["same_interest"]
    (back,) = held["bob"]["suggestions"]
    assert {
        "code": "offer_needed",
        "text": "They are looking for “financement européen”: you offer it.",
    } in back["for_them"]


def test_nobody_without_consent_is_listed_or_written_to(hall: Hall) -> None:
    hall.put("ana", interests=("vélo",))
    hall.put("bob", interests=("vélo",))
    hall.put("eve", interests=("vélo",), consent=NO_MATCHING)

    hall.run()

    assert hall.held().keys() == {"ana", "bob"}
    assert hall.whom("ana") == ["bob"]


def test_leaving_takes_ones_own_list_away_and_ones_name_from_everybodys(hall: Hall) -> None:
    for ref in ("ana", "bob", "eve"):
        hall.put(ref, interests=("vélo",))
    hall.run()
    assert "eve" in hall.whom("ana")

    hall.opt_out("eve")
    hall.run()

    assert hall.held().keys() == {"ana", "bob"}
    assert hall.whom("ana") == ["bob"]

    hall.opt_out("eve", False)
    hall.run()

    assert hall.whom("eve")


def test_people_who_state_languages_without_one_in_common_are_never_put_together(hall: Hall) -> None:
    hall.put("ana", languages=("fr-CA",), interests=("vélo",))
    hall.put("bob", languages=("en",), interests=("vélo",))
    hall.put("eve", languages=("FR", "de"), interests=("tricot",))
    hall.put("sam", languages=(), interests=("tricot",))

    hall.run()

    assert set(hall.whom("ana")) == {"eve", "sam"}
    assert set(hall.whom("bob")) == {"sam"}


def test_who_declined_or_blocked_somebody_is_not_shown_them_again_nor_they_them(hall: Hall) -> None:
    for ref in ("ana", "bob", "eve"):
        hall.put(ref, interests=("vélo",))
    hall.run()

    hall.say("ana", "declined", "bob")
    hall.say("eve", "blocked", "bob")
    hall.run()

    assert hall.held().keys() == {"ana", "eve"}
    assert hall.whom("ana") == ["eve"]

    hall.say("ana", "accepted", "bob")
    hall.run()

    assert hall.whom("bob") == ["ana"]


def test_colleagues_come_after_others_unless_the_organiser_allows_them(hall: Hall) -> None:
    hall.put("ana", organisation="Atelier Nord", interests=("vélo", "tricot"))
    hall.put("bob", organisation="atelier  nord", interests=("vélo", "tricot"))
    hall.put("eve", organisation="Banc Sud", interests=("vélo", "gravure"))
    hall.run()
    assert hall.whom("ana") == ["eve", "bob"]

    hall.settings["connections.same_organisation"] = "allow"
    hall.run()

    assert hall.whom("ana") == ["bob", "eve"]


def test_who_takes_part_from_afar_meets_others_online_and_those_who_take_part_in_both_ways(
    hall: Hall,
) -> None:
    for ref, mode in (("ana", "on_site"), ("kim", "remote"), ("lee", "remote"), ("noa", "both")):
        hall.put(ref, interests=("vélo",), mode=mode)
    hall.arrive("ana", "kim", "lee", "noa")

    hall.run()

    assert set(hall.whom("kim")) == set(hall.whom("kim", "here_now")) == {"lee", "noa"}
    assert set(hall.whom("ana")) == set(hall.whom("ana", "here_now")) == {"noa"}
    assert "ana" in hall.whom("noa")


def test_only_those_who_are_here_are_told_who_is_here(hall: Hall) -> None:
    for ref in ("ana", "bob", "eve", "sam"):
        hall.put(ref, interests=("vélo",))
    hall.put("kim", interests=("vélo",), mode="remote")
    hall.put("lou", interests=("vélo",), consent=NO_PRESENCE)
    hall.run()
    before = hall.held()
    assert all("here_now" not in payload for payload in before.values())

    hall.arrive("ana", "bob", "kim", "lou")
    passed = hall.run()

    assert passed is not None
    assert not passed.full
    assert passed.payloads.keys() == {"ana", "bob", "kim"}
    assert hall.whom("ana", "here_now") == ["bob"]
    assert hall.whom("kim", "here_now") == []
    assert hall.held()["ana"]["suggestions"] == before["ana"]["suggestions"]

    hall.leave("bob")
    hall.run()

    assert hall.whom("ana", "here_now") == []
    assert "here_now" not in hall.held()["bob"]


def test_the_list_of_those_who_are_here_can_be_switched_off(hall: Hall) -> None:
    for ref in ("ana", "bob"):
        hall.put(ref, interests=("vélo",))
    hall.arrive("ana", "bob")
    hall.run()
    assert hall.whom("ana", "here_now") == ["bob"]

    hall.settings["connections.here_now"] = False
    hall.run()

    assert "here_now" not in hall.held()["ana"]


def test_nothing_is_computed_when_nothing_that_matters_changed(hall: Hall) -> None:
    for ref in ("ana", "bob", "eve"):
        hall.put(ref, interests=("vélo",))
    hall.put("zoe", consent=Consent())
    hall.run()

    hall.arrive("zoe")
    hall.put("zoe", consent=Consent(), interests=("tricot",))

    assert hall.run() is None


def test_a_new_name_reaches_everybody_who_is_shown_it(hall: Hall) -> None:
    for ref in ("ana", "bob", "eve"):
        hall.put(ref, interests=("vélo",))
    hall.run()

    hall.put("bob", interests=("vélo",), name="Robert")
    hall.run()

    names = {item["name"] for ref in ("ana", "eve") for item in hall.held()[ref]["suggestions"]}
    assert "Robert" in names
    assert "Bob" not in names


def test_organisation_and_title_are_told_only_where_their_owner_made_them_visible(hall: Hall) -> None:
    hall.put("ana", organisation="Atelier Nord", title="luthière", visible=("title",))
    hall.put("bob", organisation="Banc Sud", title="graveur", visible=())

    hall.run()

    (about_bob,) = hall.held()["ana"]["suggestions"]
    (about_ana,) = hall.held()["bob"]["suggestions"]
    assert about_bob.keys().isdisjoint({"organisation", "title"})
    assert about_ana["title"] == "luthière"
    assert "organisation" not in about_ana


def test_hidden_answers_count_only_with_permission_and_are_never_quoted(hall: Hall) -> None:
    hall.put("ana", interests=("apiculture",))
    hall.put("bob", interests=("apiculture",), visible=(), hidden_for_matching=True)
    hall.put("eve", interests=("apiculture",), visible=(), hidden_for_matching=False)

    hall.run()

    first, second = hall.held()["ana"]["suggestions"]
    assert (first["person"], second["person"]) == ("bob", "eve")
    assert first["score"] > 0
    assert second["score"] == 0
    assert [reason["code"] for reason in first["for_you"]] == ["common_ground"]
    assert "apiculture" not in str(first) + str(second) + str(hall.held()["bob"]) + str(hall.held()["eve"])


def test_people_who_wrote_nothing_are_spread_over_the_others(hall: Hall) -> None:
    for number in range(30):
        hall.put(f"p{number}")

    hall.run()

    shown: dict[str, int] = dict.fromkeys(hall.people, 0)
    for ref in hall.people:
        for other in hall.whom(ref):
            shown[other] += 1
    assert min(shown.values()) >= 1
    assert max(shown.values()) <= 6


def test_erasing_somebody_leaves_no_trace_in_anybodys_list(hall: Hall) -> None:
    for ref in ("ana", "bob", "eve", "sam", "kim"):
        hall.put(ref, interests=("vélo",))
    hall.run()

    hall.erase("bob")
    hall.run()

    assert "bob" not in str(hall.held())
    assert all(len(hall.whom(ref)) == 3 for ref in hall.people)


def test_a_plugin_may_veto_a_pair_in_one_direction(hall: Hall) -> None:
    class Rules:
        @hookimpl
        def entremise_adjust_scores(self, refs: list[str], scores: Any) -> None:
            scores[refs.index("ana"), refs.index("bob")] = float("-inf")

    hall.plugins.register(Rules(), name="rules")
    for ref in ("ana", "bob", "eve"):
        hall.put(ref, interests=("vélo",))
    hall.run()

    assert hall.whom("ana") == ["eve"]
    assert set(hall.whom("bob")) == {"ana", "eve"}

    hall.put("sam", interests=("vélo",))
    hall.run()

    assert set(hall.whom("ana")) == {"eve", "sam"}


def test_a_plugin_may_review_each_list_and_the_rest_moves_up(hall: Hall) -> None:
    heard: list[tuple[str, str, list[str]]] = []

    class Review:
        @hookimpl
        def entremise_review_suggestions(self, feature: str, recipient: str, suggestions: Any) -> list[str]:
            heard.append((feature, recipient, [one.person for one in suggestions]))
            return [suggestions[0].person] if recipient == "ana" else []

    for ref, topic in (("ana", "vélo"), ("bob", "vélo"), ("eve", "vélo urbain")):
        hall.put(ref, interests=(topic,))
    hall.run()
    assert hall.whom("ana") == ["bob", "eve"]

    hall.plugins.register(Review(), name="review")
    hall.run()

    assert ("connections", "ana", ["bob", "eve"]) in heard
    (item,) = hall.held()["ana"]["suggestions"]
    assert (item["person"], item["rank"]) == ("eve", 1)


def test_another_encoder_comes_in_through_the_hook_and_replaces_every_vector(hall: Hall) -> None:
    import numpy as np

    from entremise.hooks.specs import Encoding

    class Lengths:
        @hookimpl
        def entremise_encode_texts(self, texts: list[str]) -> Encoding:
            near = {"chien": 0, "dog": 0, "cheval": 1, "horse": 1}
            return Encoding("animals-1", np.eye(2, dtype=np.float32)[[near[text] for text in texts]])

    for ref, text in (("ana", "chien"), ("bob", "horse"), ("eve", "dog"), ("sam", "cheval")):
        hall.put(ref, interests=(text,))
    hall.run()

    hall.plugins.register(Lengths(), name="lengths")
    passed = hall.run()

    assert passed is not None
    assert passed.full
    assert hall.whom("ana")[0] == "eve"
    assert hall.whom("bob")[0] == "sam"


def test_who_wrote_nothing_at_first_is_matched_by_what_they_write_later(hall: Hall) -> None:
    for number in range(60):
        hall.put(f"p{number}")
    hall.run()
    for number in range(40):
        hall.put(f"p{number}", interests=("apiculture",) if number < 2 else (f"sujet {number}",))

    hall.run()

    assert hall.whom("p0")[0] == "p1"


def test_newcomers_meet_somebody_experienced_however_far_their_topics_lie(hall: Hall) -> None:
    hall.settings["connections.list_length"] = 10
    for number in range(110):
        hall.put(f"n{number}", seniority=0, interests=("premier emploi", f"stage {number % 7}"))
    for number in range(12):
        hall.put(f"e{number}", seniority=5, interests=(f"gouvernance {number}",))

    hall.run()

    assert all(any(other.startswith("e") for other in hall.whom(f"n{number}")) for number in range(110))


def test_what_was_shown_stays_when_everybody_is_ranked_anew(hall: Hall) -> None:
    for number in range(12):
        hall.put(f"p{number}", interests=(f"sujet {number % 3}",))
    hall.run()
    before = {ref: hall.whom(ref) for ref in hall.people}

    hall.put("new", interests=("sujet 1",))
    hall.run()

    kept = sum(len(set(before[ref]) & set(hall.whom(ref))) for ref in before)
    assert kept >= 0.8 * sum(map(len, before.values()))


def test_nothing_in_common_is_not_called_common_ground(hall: Hall) -> None:
    hall.put("ana", interests=("apiculture",))
    hall.put("bob", interests=("marchés publics",))
    hall.run()
    codes = {reason["code"] for item in hall.held()["ana"]["suggestions"] for reason in item["for_you"]}
    assert "common_ground" not in codes


def test_an_encoder_that_does_not_keep_its_word_is_named(hall: Hall) -> None:
    import numpy as np

    from entremise.hooks.specs import Encoding

    class Silent:
        @hookimpl
        def entremise_encode_texts(self, texts: list[str]) -> Encoding | None:
            return Encoding("silent-1", np.zeros((0, 2))) if not texts else None

    hall.plugins.register(Silent(), name="silent")
    hall.put("ana", interests=("vélo",))
    with pytest.raises(ConfigurationError, match="silent-1"):
        hall.run()
