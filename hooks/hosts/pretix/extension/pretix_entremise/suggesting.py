"""What a question might say, judged by its identifier and wording, in French and English. Never applied by itself."""

import re

from .questions import default_targets, texts_of

YES_NO, ONE, SEVERAL, NUMBER, LINE, LINES = "B", "C", "M", "N", "S", "T"
WORDS, CHOICE = frozenset((ONE, SEVERAL, LINE, LINES)), frozenset((ONE, SEVERAL))
VOTE = frozenset((YES_NO, ONE))

FITTING = {
    **dict.fromkeys(("interests", "goals", "challenges", "offers", "needs", "languages"), WORDS),
    **dict.fromkeys(("bio", "organisation", "title", "sector"), WORDS),
    **dict.fromkeys(("mentor", "mentee", "first_time", "hidden_for_matching"), VOTE),
    "capacity": frozenset((NUMBER, ONE, LINE)),
    "seniority": frozenset((ONE, NUMBER, LINE)),
    "mode": frozenset((ONE, LINE)),
    "visible": CHOICE,
}
"""Types of questions whose answers can be read as the target; consents are votes."""

_WORDING = (
    ("consent.presence", r"\b(i am|i’m|i'm) (here|on site)|have arrived|show .* (present|arrival)|suis (sur place|présent)"),
    ("consent.groups", r"(small groups?|tables? with|round tables?|circles?)|(petits groupes|cercles|à table avec)"),
    ("consent.matching", (r"(introduce|match|suggest).* (me|people|attendees|participants)|use my answers|networking"
                         r"|mise en relation|mettre en relation|suggérer des personnes|réseautage")),
    ("capacity", r"how many (mentees|people).*|combien de (personnes|mentoré)"),
    ("mentee", r"(looking for|need|want|would like) (a|to find a) mentor|mentee|cherche.* mentor|être (accompagné|mentoré)"),
    ("mentor", r"(be|become|act as) a mentor|être mentor|devenir mentor|\bmentor\b"),
    ("first_time", r"first (time|visit|participation)|newcomer|première (fois|participation|édition)"),
    ("visible", r"(others|attendees|people) (may |can )?(see|read)|visible|peuvent (lire|voir)|montrer aux autres"),
    ("mode", (r"(on[- ]site|in person).*(online|remote)|how (do|will) you (take part|attend)|comment participez"
             r"|sur place ou|à distance")),
    ("seniority", r"seniorit|career (stage|level)|years of experience|ancienneté|parcours|années d.expérience"),
    ("languages", r"languages?\b|\blangues?\b"),
    ("title", r"job title|your (role|position|function)|\brole\b|fonction|intitulé de (votre )?poste|\bposte\b|métier"),
    ("sector", r"\b(sector|industry|branch)\b|secteur|branche d.activité"),
    ("organisation", r"organi[sz]ation|company|employer|institution|entreprise|société|employeur|établissement|structure"),
    ("challenges", r"challeng|struggl|difficult|défis?\b|difficulté|problématique|enjeux"),
    ("goals", r"\bgoals?\b|objective|take (home|away)|expect|hope to|objectifs?|attentes|souhaitez-vous (retirer|apprendre)"),
    ("offers", (r"\boffer|help others|can you (share|help|contribute)|expertise|pouvez-vous (aider|apporter|partager)"
               r"|proposez|compétences")),
    ("needs", r"looking for|\bneeds?\b|who(m)? (do|would) you|cherchez|recherchez|besoins?"),
    ("interests", r"interest|topics?|themes?|intérêts?|intéress|thèmes?|thématiques?|sujets?"),
    ("bio", r"about (you|yourself)|\bbio|introduce yourself|a few words|présentez-vous|quelques mots|à propos de vous"),
)  # fmt: skip


def suggest(identifier, text, kind):
    """Return targets that the question might have; none where nothing points to one.

    ``text`` is pretix's translated text, ``kind`` its type of question.
    """
    known = default_targets(identifier)
    if known:
        return known
    wording = " ".join((identifier.replace("_", " "), *texts_of(text).values())).casefold()
    for target, pattern in _WORDING:
        if kind in fitting(target) and re.search(pattern, wording):
            return (target,)
    return ()


def fitting(target):
    """Return the types of questions whose answers can say this."""
    return VOTE if target.startswith("consent.") else FITTING[target]
