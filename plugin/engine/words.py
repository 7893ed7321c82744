"""Which words of a text carry meaning, in French and English, with accents, case and plural taken off.

Standard library only: the encoder counts these words, and reasons quote what is made of them.
"""

from __future__ import annotations

import re
import unicodedata

_WORD = re.compile(r"[^\W_]+")

FUNCTION_WORDS = frozenset(
    _WORD.findall("""
a about above after again all also am an and any are as at be because been before being below between both but by
can could did do does doing down during each few for from further get got had has have having he help her here hers
him his how i if in into is it its just like looking me more most my no nor not of off on once only or other our out
over own per same she should so some such than that the their them then there these they this those through to too
under until up us very want was we were what when where which while who whom why will with would you your etc
aie ainsi alors apres au aussi autre aux avec avoir avons bien car ce ceci cela celle ces cet cette ceux chaque
chez ci comme comment contre dans de des depuis deux dont du elle elles en encore entre es est et etait etre eu eux
faire fait ici il ils je jusque la le les leur leurs lors lui ma mais me meme mes moi moins mon ne ni nos notre nous on
ont ou par parce pas pendant peu peut plus pour pourquoi pouvoir quand que quel quelle quelles quels qui quoi sa sans
se ses si soi son sont souhaite sous sur ta te tes toi ton tous tout toute toutes tres tu un une va vers via vos votre
vous cherche chercher aide aider aimerais voudrais recherche besoin interesse interessee qu jusqu lorsqu puisqu quelqu
""")
)
"""Words that join others, without accents."""


def _stem(word: str) -> str:
    if len(word) <= 3 or word.endswith("ss"):
        return word
    word = word[:-1] if word[-1] in "sx" else word
    # énergie(s), energy and energies are one word.
    return word[:-2] + "y" if word.endswith("ie") else word


GENERIC = frozenset(
    _stem(word)
    for word in _WORD.findall("""
activite approche bonne business cas client company connaissance conseil culture developpement development domaine
enjeu entreprise equipe experience expertise field formation general gestion global good group groupe idea idee
innovation issue job knowledge level management manager method methode metier mise mission new niveau nouveau
nouvelle organisation organization outil partage people personne place planning plan practice pratique probleme
problem process processus professional professionnel programme program project projet question reseau network role
sector secteur service share sharing skill solution specialist start startup strategie strategy subject sujet system
systeme team technique theme time tool topic training travail travailler usage use using work worker working world
monde year annee
""")
)
"""Stems that nearly everybody at a professional event uses: two texts that share only these share nothing."""


def fold(text: str) -> str:
    """Take case and accents off.

    >>> fold("Éthique de l’IA")
    'ethique de l’ia'
    """
    if text.isascii():
        return text.lower()
    # Twice, because folding case can bring accents back, and taking letters apart can bring capitals back.
    for _ in range(2):
        text = unicodedata.normalize("NFKD", text.casefold())
    return "".join(character for character in text.casefold() if not unicodedata.combining(character))


def stems(text: str) -> list[str]:
    """Return the words that carry meaning, in order, without plural.

    >>> stems("Les réseaux de chaleur in our cities")
    ['reseau', 'chaleur', 'city']
    """
    words = [word for word in _WORD.findall(fold(text)) if len(word) > 1 and word not in FUNCTION_WORDS]
    # "autres" joins as "autre" does; short ones may be something else in the plural (car, cars).
    return [stem for stem in map(_stem, words) if len(stem) <= 3 or stem not in FUNCTION_WORDS]


def spelled_stems(text: str) -> dict[str, str]:
    """Return the same stems, each with the first spelling in which the text has it.

    >>> spelled_stems("Réseaux sociaux")
    {'reseau': 'Réseaux', 'sociau': 'sociaux'}
    """
    spelled: dict[str, str] = {}
    for word in _WORD.findall(text):
        for stem in stems(word):
            spelled.setdefault(stem, word)
    return spelled
