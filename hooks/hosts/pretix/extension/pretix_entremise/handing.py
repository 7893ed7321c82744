"""When a ticket has got into other hands, and what of its former holder is let go of then.

Of who the holder is nothing is kept in words: digests under pretix's own secret, another for every ticket, of the
e-mail address and of each word of the name.
"""

import re
import unicodedata
from dataclasses import dataclass

from django.utils.crypto import salted_hmac
from django.utils.timezone import now

from .models import Answer, Held, Mark, Opting, Told

UNDER_WAY = (Told.UNSURE + Told.HANDED, Told.HANDED)
"""Digests of a ticket whose former holder is being erased, or was, before anybody was registered anew."""

_FORMS_OF_ADDRESS = frozenset(("_scheme", "_legacy_scheme", "salutation", "title", "degree"))
_SMALL_WORDS = frozenset((
    "al", "and", "bin", "da", "das", "de", "del", "della", "den", "der", "di", "do", "dos", "du", "el", "et", "ibn", "la",
    "las", "le", "les", "los", "ten", "ter", "und", "van", "von", "zu", "dr", "prof", "mr", "mrs", "ms", "mme", "mlle",
    "herr", "frau",
))  # fmt: skip
_AS_TYPED_ELSEWHERE = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "ı": "i", "æ": "ae", "œ": "oe"}
)
_UMLAUT = re.compile("([aou])e")
"""One name is written Müller and Mueller, Sørensen and Soerensen: here they are alike."""
_MOST_WORDS = 8


@dataclass(frozen=True)
class Holder:
    """Who holds a ticket, as digests: of the address, and of the words of the name. Both may be unknown."""

    mail: str = ""
    words: frozenset[str] = frozenset()

    @property
    def text(self) -> str:
        """What is kept; it begins with the mark of the secret that it was made under."""
        return ":".join((_key(), self.mail, ",".join(sorted(self.words)))) if self.mail or self.words else ""

    @classmethod
    def kept(cls, text: str) -> "Holder":
        """Read what was kept; nobody, where pretix has had another secret since: then nothing can be compared."""
        key, mail, words = [*text.split(":"), "", ""][:3]
        return cls(mail, frozenset(words.split(",")) - {""}) if key == _key() else cls()

    @classmethod
    def of(cls, position) -> "Holder":
        """Read the ticket."""
        parts = position.attendee_name_parts or {}
        said = " ".join(str(part) for name, part in parts.items() if name not in _FORMS_OF_ADDRESS and part)
        mail = (position.attendee_email or "").strip().casefold()
        return cls(
            _digest(position, "mail", mail) if mail else "",
            frozenset(_digest(position, "word", word) for word in sorted(_words(said))[:_MOST_WORDS]),
        )


def is_another(kept: str, position) -> bool:
    """Whether the ticket is in other hands than those that ``kept`` stands for.

    A wrong yes takes from somebody what they said; a wrong no shows it to somebody else. So two things have to come
    together. The name has no word in common with the former: a corrected typo, a new family name, an added or
    reordered one leaves a word as it was, and with it nothing is handed over, whatever happens to the address. And the
    address is another one, too. The same address means the same person, unless it is the buyer's, who often stands on
    everybody's ticket. Where addresses say nothing (none is asked, one is added for the first time, it is the
    buyer's), the name alone counts, if it had two words and has two: with a single one, a typo leaves nothing alike.

    It is compared with who first had the ticket, and not with what was said last: whoever changes the name today and
    the address tomorrow has handed it over tomorrow. What is unknown on either side proves nothing.
    """
    before, after = Holder.kept(kept), Holder.of(position)
    if not before.words or not after.words or before.words & after.words:
        return False
    if before.mail and after.mail:
        if before.mail != after.mail:
            return True
        if position.attendee_email.strip().casefold() != (position.order.email or "").strip().casefold():
            return False
    return len(before.words) > 1 and len(after.words) > 1


def are_alike(name: str, other: str) -> bool:
    """Whether two names may be one person's: they have a word in common, or one of them says nothing."""
    words, others = _words(name), _words(other)
    return not words or not others or bool(words & others)


def remembered(kept: str, position) -> str:
    """Return what to keep of the holder: what is kept, and what was unknown until now."""
    before, after = Holder.kept(kept), Holder.of(position)
    return Holder(before.mail or after.mail, before.words or after.words).text


def has_left(position) -> bool:
    """Whether the holder has left everything; a former holder's leaving is not theirs."""
    opting = getattr(position, "entremise_opting", None)
    return opting is not None and opting.out and not is_another(opting.holder, position)


def is_of_another(position):
    """Whether anything that was said with this ticket was said by somebody who had it before."""
    opting = getattr(position, "entremise_opting", None)
    said = [*position.entremise_answers.all(), *([opting] if opting is not None else [])]
    return any(is_another(one.holder, position) for one in said)


def let_go(positions):
    """Delete what is kept of the former holders of these tickets, within the caller's transaction.

    The revisions of what they were shown stay, so that nothing older comes back. What others said about them goes, too,
    but for blocks: whoever turned somebody away for good does not meet them again because they changed their name.
    """
    for position in positions:
        for opting in Opting.objects.filter(position=position):
            # The next holder may have left already.
            if not opting.holder or is_another(opting.holder, position):
                opting.delete()
        Held.objects.filter(position=position).update(payload=None)
        Answer.objects.filter(position=position).delete()
        about = _about(position.order.event_id, [f"{position.order.code}-{position.positionid}"])
        about.exclude(verdict="blocked").delete()


def to_look_at_again(event, rows):
    """Return marks for tickets that the service has just erased: for their new holders."""
    return [Mark(event_id=event.pk, kind=Mark.ORDER, ref=code) for code in sorted({row.code for row in rows})]


def blocks_to_say_again(event, refs):
    """Return marks for those who do not want to meet these next holders, within the caller's transaction.

    The service forgot it with the former holder, and keeps nothing of whom it does not know (again).
    """
    if not refs:
        return []
    blocks = _about(event.pk, refs).filter(verdict="blocked")
    # An id is heard once.
    blocks.update(at=now())
    return [
        Mark(event_id=event.pk, kind=Mark.ANSWER, ref=str(pk)) for pk in blocks.values_list("pk", flat=True)
    ]


def under_way(connection, refs):
    """Return those of these tickets for whose former holders results may still be coming in."""
    rows = Told.objects.filter(connection=connection, ref__in=refs, digest__in=UNDER_WAY)
    return frozenset(rows.values_list("ref", flat=True))


def _about(event_pk, refs):
    return Answer.objects.filter(position__order__event=event_pk, other__in=refs)


def _words(text):
    plain = unicodedata.normalize("NFKD", text.casefold().translate(_AS_TYPED_ELSEWHERE))
    letters = "".join(sign for sign in plain if not unicodedata.combining(sign))
    # Vowel signs of Indian scripts and of Thai are marks, and no letters to ``\w``: they belong to the word all the same.
    spaced = "".join(sign if unicodedata.category(sign)[0] in "LMN" else " " for sign in letters)
    found = {word for word in _UMLAUT.sub(r"\1", spaced).split() if len(word) > 1 or not word.isascii()}
    return found - _SMALL_WORDS or found


def _digest(position, kind, text):
    said = f"{position.pk}/{kind}/{text}"
    return salted_hmac("pretix_entremise.holder", said, algorithm="sha256").hexdigest()[:12]


def _key():
    return salted_hmac("pretix_entremise.holder", "", algorithm="sha256").hexdigest()[:6]
