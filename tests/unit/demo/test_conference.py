"""The generated conference: the same every time, and as varied as a real one."""

from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from entremise.plugin.demo.conference import STAR, make_conference
from entremise.plugin.demo.lives import Message
from entremise.plugin.demo.script import write_script
from entremise.plugin.demo.sendings import encode

OPENS = 1_800_000_000.0


def test_the_same_seed_and_size_give_the_same_bytes() -> None:
    one, other = (write_script(make_conference(seed=7, size=60), opens_at=OPENS) for _ in range(2))
    assert [encode(sending) for sending in one.sendings()] == [
        encode(sending) for sending in other.sendings()
    ]


def test_another_seed_gives_other_people() -> None:
    assert make_conference(seed=1, size=40).people != make_conference(seed=2, size=40).people


def test_a_larger_conference_begins_with_the_people_of_a_smaller_one() -> None:
    assert make_conference(seed=3, size=100).people[:50] == make_conference(seed=3, size=50).people


def test_four_hundred_people_vary_as_registrations_do() -> None:
    profiles = [person.profile for person in make_conference(seed=1, size=400).people]
    languages = Counter(profile["languages"][0] for profile in profiles)
    assert languages["fr"] > 150
    assert languages["en"] > 80
    assert languages["es"] + languages["de"] > 5
    organisations = Counter(profile.get("organisation") for profile in profiles)
    assert sum(count > 1 for count in organisations.values()) > 20
    assert any("organisation" not in profile for profile in profiles)
    assert sum("bio" not in profile for profile in profiles) > 30
    assert 20 < sum(not profile["consent"]["matching"] for profile in profiles) < 80
    assert sum(profile.get("mode") == "remote" for profile in profiles) > 30
    assert {profile.get("seniority") for profile in profiles} == {None, 0, 1, 2, 3, 4, 5}
    assert sum(bool(profile.get("first_time")) for profile in profiles) > 80
    assert len({profile["name"] for profile in profiles}) > 350


def test_the_mentor_whom_everybody_wants_takes_three() -> None:
    star = make_conference(seed=5, size=20).people[STAR].profile
    assert star["mentoring"] == {"role": "mentor", "capacity": 3}
    assert star["consent"]["mentoring"]
    assert len(star["offers"]) == 4


def test_french_sentences_elide() -> None:
    for person in make_conference(seed=1, size=200).people:
        if person.main_language == "fr":
            words = " ".join([*person.profile.get("needs", ()), *person.profile.get("offers", ())])
            assert not any(f" de {vowel}" in words for vowel in "aeiouéè")


@pytest.mark.parametrize("size", [0, 19])
def test_a_handful_of_people_is_no_conference(size: int) -> None:
    with pytest.raises(ValueError, match="at least 20"):
        make_conference(size=size)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000), size=st.integers(20, 60))
def test_every_script_sends_each_message_once_and_some_again(seed: int, size: int) -> None:
    script = write_script(make_conference(seed=seed, size=size), opens_at=OPENS)
    accepted = [
        message.id for item in script.sendings() if item.outcome == "accepted" for message in item.messages
    ]
    repeated = {
        message.id for item in script.sendings() if item.outcome == "duplicate" for message in item.messages
    }
    assert sorted(accepted) == sorted(message.id for message in script.messages)
    assert repeated <= set(accepted)
    assert script.count("refused") == 3
    assert script.count("rejected") == 8


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_whole_script_repeats_and_overtakes_at_both_doors(seed: int) -> None:
    script = write_script(make_conference(seed=seed, size=400), opens_at=OPENS)
    accepted = [
        message for item in script.sendings() if item.outcome == "accepted" for message in item.messages
    ]
    place = {message.id: number for number, message in enumerate(accepted)}
    lives: dict[str, list[Message]] = {}
    for message in script.messages:
        lives.setdefault(message.subject, []).append(message)
    overtaken = sum(
        place[earlier.id] > place[later.id] for life in lives.values() for earlier, later in pairwise(life)
    )
    assert overtaken > 5
    assert script.count("duplicate") > 30
    assert {item.door for item in script.sendings()} == {"webhook", "kafka"}
    assert {item.mode for item in script.sendings()} == {"structured", "binary", "batch"}
