"""When a ticket counts as being in other hands, by the name and the address that stand on it."""

import pytest
from outbox import ADA, GRACE, held_by

from pretix_entremise import handing

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("near")]

NOBODY_ELSE = {
    "a typo in the family name": (("Ada Lovelase", "ada@example.org"), ADA),
    "a typo and another address": (("Ada Lovelase", "office@example.org"), ADA),
    "a name that is one typo": (("Adda", "ada@example.org"), ("Ada", "ada@example.org")),
    "one word with a typo where no address is known": (("Adda", ""), ("Ada", "")),
    "another address only": (ADA, ("Ada Lovelace", "ada@example.com")),
    "capitals and spaces": (ADA, ("  ADA   lovelace", " Ada@Example.org ")),
    "accents": (("Zoé Lemaître", ""), ("Zoe Lemaitre", "zoe@example.org")),
    "an address for the first time": (("Ada Lovelace", ""), ADA),
    "an address for the first time, and one word": (("Adda", ""), ("Ada", "ada@example.org")),
    "an address that is taken away": (ADA, ("Ada Lovelace", "")),
    "a new family name": (("Ada Byron", "ada@example.org"), ADA),
    "a new family name and another address": (("Ada Byron", "ada.byron@example.org"), ADA),
    "a double name": (("Ada Byron", ""), ("Augusta Ada King-Byron", "")),
    "letters as they are typed elsewhere": (("Jürgen Müller", ""), ("Juergen Mueller", "")),
    "letters that no accent makes": (
        ("Łukasz Wałęsa", "l@example.org"),
        ("Lukasz Walesa", "office@example.org"),
    ),
    "a new family name in Devanagari": (("प्रिया शर्मा", ""), ("प्रिया वर्मा", "")),
    "another script": (("Ада Лавлейс", "ada@example.org"), ADA),
    "a name that is taken away": (ADA, ("", "grace@example.org")),
}
SOMEBODY_ELSE = {
    "another name and another address": (ADA, GRACE),
    "of single words": (("Ada", "ada@example.org"), ("Grace", "grace@example.org")),
    "no addresses at all": (("Ada Lovelace", ""), ("Grace Hopper", "")),
    "an address where there was none": (("Ada Lovelace", ""), GRACE),
    "small words and titles are in many names": (("Dr. Maria de la Cruz", "a@example.org"), ("Dr. Ana de la Torre", "b@example.org")),
    "vowel signs are no gaps": (("राज मेहता", "a@example.org"), ("सीमा कपूर", "b@example.org")),
    "vowel signs are no gaps in Thai": (("มีนา ใจดี", ""), ("สุดา มีสุข", "")),
    "initials are no names": (("J. Bach", "a@example.org"), ("J. Rowling", "b@example.org")),
}  # fmt: skip


@pytest.mark.parametrize("case", NOBODY_ELSE)
def test_a_correction_hands_nothing_over(sell, case):
    before, after = NOBODY_ELSE[case]
    order = sell("Nobody Yet")
    kept = handing.remembered("", held_by(order, *before))
    assert not handing.is_another(kept, held_by(order, *after))


@pytest.mark.parametrize("case", SOMEBODY_ELSE)
def test_another_person_is_noticed(sell, case):
    before, after = SOMEBODY_ELSE[case]
    order = sell("Nobody Yet")
    kept = handing.remembered("", held_by(order, *before))
    assert handing.is_another(kept, held_by(order, *after))
    assert not handing.is_another("", held_by(order, *after))


def test_the_buyers_address_on_every_ticket_says_nothing_of_who_holds_it(sell):
    order = sell("Ada Lovelace")
    kept = handing.remembered("", held_by(order, "Ada Lovelace", order.email))
    assert not handing.is_another(kept, held_by(order, "Ada King", order.email))
    assert handing.is_another(kept, held_by(order, "Grace Hopper", order.email))
    own = handing.remembered("", held_by(order, "Ada Lovelace", "ada@example.org"))
    assert not handing.is_another(own, held_by(order, "Grace Hopper", "ada@example.org"))


def test_what_is_kept_of_a_holder_is_no_text_and_says_nothing_under_another_secret(sell, settings):
    first, second = sell("Ada Lovelace"), sell("Ada Lovelace")
    kept = [handing.remembered("", held_by(order, *ADA)) for order in (first, second)]
    assert all("ada" not in one.casefold() and len(one) < 190 for one in kept)
    # Nobody can tell from them that two tickets are of one person.
    assert not handing.Holder.kept(kept[0]).words & handing.Holder.kept(kept[1]).words
    settings.SECRET_KEY = "another"
    assert not handing.is_another(kept[0], held_by(first, *GRACE))
