"""The questions that an organiser can have made, in English and French, and making those that are missing.

No consent is required or ticked beforehand, and the questions about a person are asked only of whoever agreed.
"""

from dataclasses import dataclass
from itertools import count

from django.db import transaction
from i18nfield.strings import LazyI18nString
from pretix.base.models import Event, Question

from .questions import Mapping

YES_NO, LINE, LINES, ONE, SEVERAL, NUMBER = "B", "S", "T", "C", "M", "N"
AGREED = "CONSENT"


@dataclass(frozen=True)
class Recommended:
    """One question: texts as (English, French); ``options`` by identifier; ``asked_if`` names a yes or no question."""

    identifier: str
    type: str
    text: tuple
    help: tuple
    options: tuple = ()
    asked_if: str = AGREED
    optional: bool = False

    @property
    def question(self):
        """Return the text in the language of the page."""
        return LazyI18nString(_both(self.text))

    @property
    def help_text(self):
        """Return the help in the language of the page."""
        return LazyI18nString(_both(self.help))

    @property
    def answers(self):
        """Return the texts of the options in the language of the page."""
        return [LazyI18nString(_both(texts)) for _, texts in self.options]


_LINE_BY_LINE = ("One per line.", "Un élément par ligne.")
_MATCHED = (
    "Used to find people for you. Others read it only if you say so below.",
    "Sert à vous trouver des personnes à rencontrer. Les autres ne le lisent que si vous l’indiquez plus bas.",
)


_CONSENT_HELP = (
    (
        "Your name and answers go to the introduction service of this event, your name is suggested to others, and "
        "theirs to you. Also used to find you a mentor or mentee if you ask for one. You can leave at any time from "
        "the page of your ticket."
    ),
    (
        "Votre nom et vos réponses sont transmis au service de mise en relation de cet événement, votre nom est "
        "suggéré à d’autres, et le leur à vous. Sert aussi à vous trouver une ou un mentor, ou une personne à "
        "accompagner, si vous le demandez. Vous pouvez vous retirer à tout moment depuis la page de votre billet."
    ),
)


def _facet(identifier, english, french, *, optional=False):
    help_text = tuple(f"{line} {used}" for line, used in zip(_LINE_BY_LINE, _MATCHED, strict=True))
    return Recommended(identifier, LINES, (english, french), help_text, optional=optional)


RECOMMENDED = (
    Recommended(
        AGREED, YES_NO,
        ("Use my answers to suggest people to meet", "Utiliser mes réponses pour me suggérer des personnes à rencontrer"),
        _CONSENT_HELP,
        asked_if="",
    ),
    Recommended(
        "CONSENT_GROUPS", YES_NO,
        ("Put me into small groups and at tables with others", "Me placer dans de petits groupes et à table avec d’autres"),
        ("The people of a group or a table read each other’s names.",
         "Les personnes d’un groupe ou d’une table lisent le nom des autres."),
    ),
    Recommended(
        "CONSENT_PRESENCE", YES_NO,
        ("Show others that I have arrived", "Montrer aux autres que je suis sur place"),
        ("While you are in the building, people to whom you are suggested can see that you are there.",
         "Tant que vous êtes sur place, les personnes à qui vous êtes suggéré(e) peuvent voir que vous y êtes."),
    ),
    Recommended(
        "ORGANISATION", LINE, ("Organisation", "Organisation"),
        ("Also keeps colleagues from being suggested to each other first.",
         "Évite aussi que des collègues soient suggérés en premier les uns aux autres."),
    ),
    Recommended("TITLE", LINE, ("Job title", "Fonction"), _MATCHED),
    Recommended("SECTOR", LINE, ("Sector", "Secteur d’activité"), _MATCHED),
    Recommended(
        "SENIORITY", ONE, ("Where are you in your career?", "Où en êtes-vous dans votre parcours ?"),
        ("Used to find people at a similar stage, and mentors who are further on. Never shown to others.",
         "Sert à trouver des personnes à une étape proche, et des mentors plus avancés. Jamais montré aux autres."),
        options=(
            ("STUDENT", ("Student", "Études en cours")), ("JUNIOR", ("Junior", "Débuts de carrière")),
            ("MID", ("Some years of experience", "Quelques années d’expérience")), ("SENIOR", ("Senior", "Confirmé(e)")),
            ("LEAD", ("Leading a team", "Encadrement d’une équipe")), ("EXECUTIVE", ("Executive", "Direction")),
        ),
    ),
    Recommended(
        "LANGUAGES", SEVERAL, ("Languages you like to talk in", "Langues dans lesquelles vous aimez échanger"),
        ("You are only suggested people with whom you share a language.",
         "Seules vous sont suggérées des personnes avec qui vous avez une langue en commun."),
        options=(
            ("EN", ("English", "Anglais")), ("FR", ("French", "Français")), ("DE", ("German", "Allemand")),
            ("ES", ("Spanish", "Espagnol")), ("IT", ("Italian", "Italien")), ("NL", ("Dutch", "Néerlandais")),
            ("PT", ("Portuguese", "Portugais")),
        ),
    ),
    _facet("INTERESTS", "What are you interested in?", "Quels sont vos centres d’intérêt ?"),
    _facet("CHALLENGES", "Which challenges are you working on?", "Sur quels défis travaillez-vous ?"),
    _facet("GOALS", "What do you want to take home from this event?", "Que souhaitez-vous retirer de cet événement ?"),
    _facet("OFFERS", "What can you help others with?", "En quoi pouvez-vous aider les autres ?"),
    _facet("NEEDS", "What or whom are you looking for?", "Que cherchez-vous, ou qui cherchez-vous ?"),
    Recommended("BIO", LINES, ("A few words about you", "Quelques mots sur vous"), _MATCHED, optional=True),
    Recommended(
        "FIRST_TIME", YES_NO, ("This is my first time at this event", "C’est ma première participation à cet événement"),
        ("Newcomers are suggested to more people.", "Les personnes nouvelles sont suggérées un peu plus souvent."),
    ),
    Recommended(
        "MODE", ONE, ("How do you take part?", "Comment participez-vous ?"),
        ("Tells whom you can meet in person.", "Indique qui vous pouvez rencontrer en personne."),
        options=(
            ("ON_SITE", ("On site", "Sur place")), ("REMOTE", ("Online", "En ligne")), ("BOTH", ("Both", "Les deux")),
        ),
        optional=True,
    ),
    Recommended(
        "MENTOR", YES_NO, ("I would like to be a mentor", "Je souhaite être mentor"),
        ("You may be paired with somebody who asked for a mentor.",
         "Vous pouvez être mis(e) en binôme avec une personne qui cherche un ou une mentor."),
    ),
    Recommended(
        "MENTOR_CAPACITY", NUMBER, ("For how many people at most?", "Pour combien de personnes au plus ?"),
        ("From 1 to 10.", "De 1 à 10."), asked_if="MENTOR",
    ),
    Recommended(
        "MENTEE", YES_NO, ("I am looking for a mentor", "Je cherche un ou une mentor"),
        ("You may be paired with somebody who offered to be one.",
         "Vous pouvez être mis(e) en binôme avec une personne qui s’est proposée."),
    ),
    Recommended(
        "VISIBLE", SEVERAL, ("What may others read about you?", "Que peuvent lire les autres à votre sujet ?"),
        ("Your name, and what you tick here. All the rest is only used to find matches.",
         "Votre nom, et ce que vous cochez ici. Tout le reste sert seulement à trouver des correspondances."),
        options=(
            ("ORGANISATION", ("Organisation", "Organisation")), ("TITLE", ("Job title", "Fonction")),
            ("SECTOR", ("Sector", "Secteur d’activité")), ("INTERESTS", ("Interests", "Centres d’intérêt")),
            ("CHALLENGES", ("Challenges", "Défis")), ("GOALS", ("Goals", "Objectifs")),
            ("OFFERS", ("What I can help with", "Ce en quoi je peux aider")),
            ("NEEDS", ("What I am looking for", "Ce que je cherche")), ("BIO", ("About me", "Quelques mots sur moi")),
        ),
    ),
)  # fmt: skip


def missing(event, mapping=None):
    """Return the recommended questions that the event has not, nor another one that says the same."""
    mapping = mapping or Mapping.of(event)
    known = list(event.questions.values_list("identifier", flat=True))
    said = {target for identifier in known for target in mapping.targets_for(identifier)}
    folded = {identifier.casefold() for identifier in known}
    return [
        one
        for one in RECOMMENDED
        if one.identifier.casefold() not in folded and not set(Mapping().targets_for(one.identifier)) <= said
    ]


def products(event, mapping=None):
    """Return the products whose buyers are asked: those that let somebody in, of those that count."""
    mapping = mapping or Mapping.of(event)
    admitting = event.items.filter(admission=True)
    return list(admitting.filter(pk__in=mapping.items) if mapping.items else admitting)


@transaction.atomic
def create(event, identifiers, user):
    """Make those of the missing questions that are named, at the end of the form; return them."""
    Event.objects.select_for_update().get(pk=event.pk)  # two clicks make them once
    mapping = Mapping.of(event)
    items = products(event, mapping)
    places = count(
        (event.questions.order_by("-position").values_list("position", flat=True).first() or 0) + 1
    )
    made = []
    for one in missing(event, mapping):
        if one.identifier not in identifiers:
            continue
        question = event.questions.create(
            identifier=one.identifier, type=one.type, question=one.question, help_text=one.help_text,
            required=False, position=next(places), **_asked_if(event, one, mapping), **_bounds(one),
        )  # fmt: skip
        question.items.set(items)
        for place, (identifier, texts) in enumerate(one.options):
            question.options.create(
                identifier=identifier, answer=LazyI18nString(_both(texts)), position=place
            )
        question.log_action(
            "pretix.event.question.added",
            user=user,
            data={
                "identifier": one.identifier,
                "type": one.type,
                "question": _both(one.text),
                "by": "entremise",
            },
        )
        made.append(question)
    return made


def _asked_if(event, one, mapping):
    """Ask only whoever agreed, where one question of the event says so with a yes."""
    wanted = "consent.matching" if one.asked_if == AGREED else "mentor"
    if not one.asked_if:
        return {}
    for question in event.questions.filter(type=Question.TYPE_BOOLEAN):
        if wanted in mapping.targets_for(question.identifier):
            return {"dependency_question": question, "dependency_values": ["True"]}
    return {}


def _bounds(one):
    return {"valid_number_min": 1, "valid_number_max": 10} if one.type == NUMBER else {}


def _both(texts):
    return dict(zip(("en", "fr"), texts, strict=True))
