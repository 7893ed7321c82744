"""Personal addresses: signed, for one purpose, the same every time, and not for ever."""

from __future__ import annotations

import pytest
from builders import NOON
from hypothesis import given
from hypothesis import strategies as st

from entremise.plugin.domain.errors import ConfigurationError
from entremise.plugin.services.links import AFTER_THE_END, BadLink, Links, Person

DAY = 86400.0
FIXED_TOKEN = "WyJpIiwiY29uZiIsImExIiwyMDY2OF0.2r6PgJaGP1XLl2n4YFQ0s7RflPihN8dJ__EZzQobs88"
"""Of a host that holds it already."""
texts = st.text(min_size=0, max_size=40)
lives = st.just("") | st.text(min_size=1, max_size=16)
persons = st.builds(Person, texts, texts, texts, lives)


class Clock:
    now = NOON

    def __call__(self) -> float:
        return self.now


def links(*keys: str, clock: Clock | None = None) -> Links:
    return Links(keys or ("new", "old"), "https://people.example/entremise/", clock=clock or Clock())


@given(persons, st.none() | st.floats(NOON, NOON + 900 * DAY))
def test_an_address_leads_back_to_its_person(person: Person, ends_at: float | None) -> None:
    made = links()
    address = made.personal(
        person.installation_id, person.host_event, person.ref, life=person.life, ends_at=ends_at
    )
    assert address.startswith("https://people.example/entremise/me/")
    token = address.rpartition("/")[2]
    assert token.isascii()
    assert "%" not in token
    assert made.read(token) == person


@given(persons, st.integers(0, 200), st.characters(codec="ascii"))
def test_a_changed_token_is_nobodys(person: Person, place: int, character: str) -> None:
    made = links()
    token = made.token(person)
    place %= len(token)
    changed = token[:place] + character + token[place + 1 :]
    if changed == token:
        return
    try:
        assert made.read(changed) == person  # spare bits of base64: other text, same bytes
    except BadLink:
        pass


@given(st.text())
def test_nonsense_is_nobodys(token: str) -> None:
    with pytest.raises(BadLink):
        links().read(token)


def test_the_same_person_has_the_same_address_all_year() -> None:
    clock = Clock()
    made = links(clock=clock)
    first = made.personal("i", "conf", "a1")
    clock.now += 30 * DAY
    assert made.personal("i", "conf", "a1") == first
    assert made.personal("i", "conf", "a2") != first


def test_without_an_erasure_an_address_is_what_it_always_was() -> None:
    token = links("new").token(Person("i", "conf", "a1"), ends_at=NOON)
    assert token == FIXED_TOKEN
    assert links("new").read(FIXED_TOKEN) == Person("i", "conf", "a1")


def test_another_life_of_the_same_ref_has_another_address_and_other_forms() -> None:
    made = links()
    former, latter = Person("i", "conf", "a1"), Person("i", "conf", "a1", "0123456789abcdef")
    assert made.token(former) != made.token(latter)
    assert made.read(made.token(latter)) == latter
    made.check_form(made.form(latter), latter)
    for one, other in ((former, latter), (latter, former)):
        with pytest.raises(BadLink, match="somebody else"):
            made.check_form(made.form(one), other)


def test_it_expires_90_days_after_the_end() -> None:
    clock = Clock()
    made = links(clock=clock)
    token = made.token(Person("i", "conf", "a1"), ends_at=NOON + 2 * DAY)
    clock.now = NOON + 2 * DAY + AFTER_THE_END - 1
    assert made.read(token).ref == "a1"
    clock.now += DAY + 2
    with pytest.raises(BadLink, match="expired"):
        made.read(token)


def test_without_a_known_end_it_lasts_between_one_and_two_years() -> None:
    clock = Clock()
    made = links(clock=clock)
    token = made.token(Person("i", "conf", "a1"))
    clock.now = NOON + 365 * DAY
    assert made.read(token)
    clock.now = NOON + 731 * DAY
    with pytest.raises(BadLink, match="expired"):
        made.read(token)


def test_a_key_in_front_signs_and_the_former_one_still_reads() -> None:
    person = Person("i", "conf", "a1")
    before = links("old").token(person)
    assert links("new", "old").read(before) == person
    assert links("new", "old").token(person) == links("new").token(person)
    with pytest.raises(BadLink):
        links("new").read(before)


def test_a_form_token_is_no_address_and_an_address_no_form_token() -> None:
    made = links()
    person = Person("i", "conf", "a1")
    with pytest.raises(BadLink):
        made.read(made.form(person))
    with pytest.raises(BadLink):
        made.check_form(made.token(person), person)
    made.check_form(made.form(person), person)


def test_a_form_is_for_one_person_and_a_week() -> None:
    clock = Clock()
    made = links(clock=clock)
    person = Person("i", "conf", "a1")
    form = made.form(person)
    with pytest.raises(BadLink, match="somebody else"):
        made.check_form(form, Person("i", "conf", "a2"))
    clock.now += 6.9 * DAY
    made.check_form(form, person)
    clock.now += 2 * DAY
    with pytest.raises(BadLink, match="expired"):
        made.check_form(form, person)


def test_without_a_key_nothing_is_signed() -> None:
    with pytest.raises(ConfigurationError, match="ENTREMISE_SECRET_KEY"):
        Links((), "https://people.example")
