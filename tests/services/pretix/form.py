"""The registration form of the test conference, and how a made-up person fills it in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from real_pretix import RealPretix

from entremise.plugin.demo.conference import OPEN_FIELDS, themes
from entremise.plugin.domain.model import PURPOSES

SENIORITY = ("STUDENT", "JUNIOR", "MID", "SENIOR", "LEAD", "EXECUTIVE")
TEXTS = {"CHALLENGES": "challenges", "GOALS": "goals", "OFFERS": "offers", "NEEDS": "needs"}
OWN_QUESTIONS = {"TOPICS": "interests", "UNSEEN": "hidden_for_matching"}
"""Questions under identifiers of the organiser's own, as the installation's configuration maps them."""


class Form:
    """Makes the questions in pretix, then turns profiles into answers."""

    def __init__(self, pretix: RealPretix) -> None:
        self._pretix = pretix
        self._known: dict[str, dict[str, Any]] = {}

    def set_up(self) -> None:
        """Add what the seeded form lacks: free texts, topics in two languages, consents, and a place for the link."""
        self._make("OFFERS", "T", "What can you offer others?", "Que pouvez-vous offrir ?")
        self._make("NEEDS", "T", "What do you need?", "De quoi avez-vous besoin ?")
        self._make("BIO", "T", "About you", "À propos de vous")
        for identifier, english, french in (
            ("TITLE", "Job title", "Fonction"), ("SECTOR", "Sector", "Secteur"), ("LANGUAGES", "Languages", "Langues"),
        ):  # fmt: skip
            self._make(identifier, "S", english, french)
        self._make("FIRST_TIME", "B", "Is it your first time?", "Est-ce votre première fois ?")
        self._make("MENTOR_CAPACITY", "N", "How many mentees?", "Combien de mentorés ?")
        self._make("UNSEEN", "B", "Use answers that others do not see", "Utiliser les réponses non visibles")
        self._make("SHIRT", "S", "Size of your shirt", "Taille de votre t-shirt")
        for purpose in PURPOSES:
            self._make(f"CONSENT_{purpose.upper()}", "B", f"I agree: {purpose}", f"J'accepte : {purpose}")
        modes = {
            "ON_SITE": ("On site", "Sur place"),
            "REMOTE": ("Remotely", "À distance"),
            "BOTH": ("Both", "Les deux"),
        }
        self._make("MODE", "C", "How do you take part?", "Comment participez-vous ?", modes)
        visible = {name.upper(): (name, name) for name in OPEN_FIELDS}
        self._make("VISIBLE", "M", "What may others read?", "Que peut-on lire ?", visible)
        self._make("TOPICS", "M", "Your topics", "Vos sujets", _topics())
        self._make("ENTREMISE", "T", "Your people (leave empty)", "Vos rencontres (laisser vide)")
        self._known = {
            row["identifier"]: row for row in self._pretix.rows(f"{self._pretix.event}/questions/")
        }
        seniority = self._known["SENIORITY"]
        path = f"{self._pretix.event}/questions/{seniority['id']}/options/"
        option = {"identifier": "EXECUTIVE", "answer": {"en": "Executive", "fr": "Direction"}, "position": 9}
        seniority["options"].append(self._pretix.ask("POST", path, option))

    def answers(self, profile: Mapping[str, Any], shirt: str) -> list[dict[str, Any]]:
        """Return what the person fills in; what they skipped is absent."""
        told: dict[str, str | list[str] | None] = {
            **{question: "\n".join(profile.get(facet, ())) for question, facet in TEXTS.items()},
            "BIO": profile.get("bio"),
            "TITLE": profile.get("title"),
            "SECTOR": profile.get("sector"),
            "LANGUAGES": ", ".join(profile["languages"]),
            "SHIRT": shirt,
            "FIRST_TIME": _yes(profile.get("first_time")),
            "UNSEEN": _yes(profile["hidden_for_matching"]),
            "MENTOR": _yes(profile["mentoring"]["role"] in {"mentor", "both"}),
            "MENTEE": _yes(profile["mentoring"]["role"] in {"mentee", "both"}),
            "MENTOR_CAPACITY": str(profile["mentoring"]["capacity"]),
            **{f"CONSENT_{purpose.upper()}": _yes(said) for purpose, said in profile["consent"].items()},
            "SENIORITY": [SENIORITY[profile["seniority"]]] if "seniority" in profile else None,
            "MODE": [profile["mode"].upper()] if "mode" in profile else None,
            "VISIBLE": [name.upper() for name in profile["visible"]],
            "TOPICS": [key for key, texts in _topics().items() if set(texts) & set(profile["interests"])],
        }
        return [self._answer(identifier, value) for identifier, value in told.items() if value]

    def _answer(self, identifier: str, value: str | list[str]) -> dict[str, Any]:
        question = self._known[identifier]
        chosen = (
            [one["id"] for one in question["options"] if one["identifier"] in value]
            if question["options"]
            else []
        )
        text = value if isinstance(value, str) else ", ".join(value)
        return {"question": question["id"], "answer": text, "options": chosen}

    def _make(
        self, identifier: str, kind: str, english: str, french: str,
        options: Mapping[str, tuple[str, str]] | None = None,
    ) -> None:  # fmt: skip
        body = {
            "identifier": identifier, "type": kind, "question": {"en": english, "fr": french}, "required": False,
            "items": list(self._pretix.facts["items"].values()), "position": 50, "hidden": False,
            "options": [
                {"identifier": key, "answer": {"en": texts[0], "fr": texts[1]}, "position": place}
                for place, (key, texts) in enumerate((options or {}).items())
            ],
        }  # fmt: skip
        self._pretix.ask("POST", f"{self._pretix.event}/questions/", body)


def _yes(said: bool | None) -> str | None:
    return None if said is None else str(bool(said))


def _topics() -> dict[str, tuple[str, str]]:
    """Return option identifier → (English tag, French tag) of every topic of the made-up conference."""
    return {
        f"{sector.upper()}{number}": (topic["en"][0], topic["fr"][0])
        for sector, theme in themes().items()
        for number, topic in enumerate(theme["topics"])
    }
