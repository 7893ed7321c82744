"""The platform's own words, in English and French."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

LANGUAGES = {"fr": "Français", "en": "English"}

_TEXTS: dict[str, tuple[str, str]] = {
    "register": ("Register", "Inscription"),
    "desk": ("Desk", "Accueil"),
    "settings": ("Settings", "Réglages"),
    "language": ("Language", "Langue"),
    "menu": ("Pages", "Pages"),
    "skip": ("Skip to content", "Aller au contenu"),
    "register_lead": (
        "Free of charge. Only your name and languages are needed; the rest helps others to find you.",
        "Entrée libre. Seuls le nom et les langues sont nécessaires\u202f; le reste aide les autres à vous trouver.",
    ),
    "name": ("Name", "Nom"),
    "organisation": ("Organisation", "Organisation"),
    "title": ("What you do", "Ce que vous faites"),
    "languages": ("Languages you speak", "Langues que vous parlez"),
    "spoken_fr": ("French", "français"),
    "spoken_en": ("English", "anglais"),
    "spoken_de": ("German", "allemand"),
    "spoken_es": ("Spanish", "espagnol"),
    "seniority": ("Experience", "Expérience"),
    "seniority_": ("I would rather not say", "Je préfère ne pas le dire"),
    "seniority_0": ("Student", "Études en cours"),
    "seniority_1": ("First job", "Premier poste"),
    "seniority_2": ("A few years", "Quelques années"),
    "seniority_3": ("Experienced", "Expérience confirmée"),
    "seniority_4": ("Leading others", "Encadrement"),
    "seniority_5": ("Executive", "Direction"),
    "interests": ("What interests you", "Ce qui vous intéresse"),
    "offers": ("What you can offer", "Ce que vous pouvez apporter"),
    "needs": ("What you are looking for", "Ce que vous cherchez"),
    "list_help": ("A few words each, separated by commas.", "Quelques mots chacun, séparés par des virgules."),
    "mentoring": ("Mentorship", "Mentorat"),
    "mentoring_none": ("Not for me", "Pas pour moi"),
    "mentoring_mentor": ("I would accompany somebody", "J’accompagnerais quelqu’un"),
    "mentoring_mentee": ("I am looking for a mentor", "Je cherche un ou une mentor"),
    "mentoring_both": ("Both", "Les deux"),
    "consent": ("Being introduced to others", "Être mis en relation"),
    "agree_matching": (
        "Suggest me to other attendees, and them to me. They see my name and the answers above.",
        "Proposez-moi à d’autres, et d’autres à moi. Ces personnes voient mon nom et les réponses ci-dessus.",
    ),
    "agree_presence": (
        "Once I am checked in, tell those people that I am here.",
        "Une fois mon arrivée enregistrée, dites à ces personnes que je suis sur place.",
    ),
    "consent_note": (
        "Both are yours to decide and to take back at any time, on your own page. Your ticket does not depend on them.",
        "C’est à vous d’en décider, et de revenir dessus à tout moment sur votre page. Votre billet n’en dépend pas.",
    ),
    "register_now": ("Get my ticket", "Obtenir mon billet"),
    "name_missing": ("Please tell us your name.", "Veuillez indiquer votre nom."),
    "languages_missing": ("Please choose at least one language.", "Veuillez choisir au moins une langue."),
    "problems": ("Something is missing", "Il manque quelque chose"),
    "ticket_new": ("You are registered. Keep the address of this page: it is your ticket.",
                   "Inscription faite. Gardez l’adresse de cette page\u202f: c’est votre billet."),
    "ticket": ("Ticket", "Billet"),
    "ticket_of": ("Ticket of {name}", "Billet de {name}"),
    "here": ("Checked in", "Arrivée enregistrée"),
    "not_here": ("Not checked in yet", "Arrivée non enregistrée"),
    "meet": ("People to meet", "À rencontrer"),
    "mentors": ("Your mentors", "Vos mentors"),
    "mentees": ("People you could accompany", "Vous pourriez accompagner"),
    "here_now": ("Here now", "Sur place"),
    "nothing": ("Nobody is suggested to you at the moment.", "Personne ne vous est proposé pour le moment."),
    "no_consent": (
        "You did not ask to be introduced to others, so nobody is suggested to you, and you to nobody.",
        "Vous n’avez pas demandé à être mis en relation\u202f: personne ne vous est proposé, et vous à personne.",
    ),
    "own_page": ("Answer, or leave, on your own page", "Répondre, ou tout quitter, sur votre page"),
    "desk_lead": ("Who is in the building?", "Qui est sur place\u202f?"),
    "attendee": ("Attendee", "Participant·e"),
    "state": ("State", "État"),
    "action": ("Action", "Action"),
    "check_in": ("Check in", "Enregistrer l’arrivée"),
    "check_out": ("Take back", "Annuler"),
    "nobody_yet": ("Nobody has registered yet.", "Personne ne s’est encore inscrit."),
    "settings_lead": (
        "What entremise does for your attendees. Changes count within seconds.",
        "Ce qu’entremise fait pour vos participants. Les changements prennent effet en quelques secondes.",
    ),
    "save": ("Save", "Enregistrer"),
    "saved": ("Saved. Your attendees’ pages follow within seconds.",
              "Enregistré. Les pages de vos participants suivent en quelques secondes."),
    "settings_invalid": ("One value cannot be used; nothing was saved.",
                         "Une valeur n’est pas utilisable\u202f; rien n’a été enregistré."),
    "settings_stale": (
        "Somebody else changed these settings in the meantime. Here they are as they stand now.",
        "Quelqu’un d’autre a modifié ces réglages entre-temps. Les voici tels qu’ils sont maintenant.",
    ),
    "between": ("From {least} to {most}.", "De {least} à {most}."),
}  # fmt: skip


@cache
def words(language: str) -> Mapping[str, str]:
    """Return every text in one language."""
    return {key: texts[language == "fr"] for key, texts in _TEXTS.items()}
