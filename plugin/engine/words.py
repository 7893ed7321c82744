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
can could did do does doing down during each few for from further get got had has have having he her here hers
him his how i if in into is it its just me more most my no nor not of off on once only or other our out
over own per same she should so some such than that the their them then there these they this those through to too
under until up us very want was we were what when where which while who whom why will with would you your etc
aie ainsi alors apres au aussi autre aux avec avoir avons bien car ce ceci cela celle ces cet cette ceux chaque
chez ci comme comment contre dans de des depuis deux dont du elle elles en encore entre es est et etait etre eu eux
faire fait ici il ils je jusque la le les leur leurs lors lui ma mais me meme mes moi moins mon ne ni nos notre nous on
ont ou par parce pas pendant peu peut plus pour pourquoi pouvoir quand que quel quelle quelles quels qui quoi sa sans
se ses si soi son sont souhaite sous sur ta te tes toi ton tous tout toute toutes tres tu un une va vers via vos votre
vous aimerais voudrais qu jusqu lorsqu puisqu quelqu deja
one two three four deux trois quatre cinq six sept huit neuf dix somebody someone something anything quelque chose
""")
)
"""Words that join others, without accents."""


def _stem(word: str) -> str:
    if len(word) <= 3 or word.endswith("ss"):
        return word
    word = word[:-1] if word[-1] in "sx" else word
    # énergie(s), energy and energies are one word.
    return word[:-2] + "y" if word.endswith("ie") else word


_COMMONPLACE = frozenset(
    _stem(word)
    for word in _WORD.findall("""
accompagne aide aider cherche chercher help interesse interessee looking recherche rechercher action activite ami annee another appris apprendre approche approfondir autant avancer aime
besoin bonne build
business cas change changement chance charge chef cheffe client collaborer colleague collegue commencer commun company
comprendre concret conference connaissance connaitre conseil contact convaincre create creer culture curieux curieuse
curious day decouvrir demarche developpement development directeur directrice director discover discuss discuter domaine
echange echanger ecouter enjeu entreprise envie equipe evolution exemple experience expertise field find five formation
franc general gestion global good great group groupe grow happy home idea idee improve innovation interested interessant
issue job join jour journey knowledge know lead learn level like listen love maitriser management manager make meet
meilleur method methode metier mettre mieux mise mission monde month mois moyen need new niveau nouveau nouvelle objectif
opportunity opportunite organisation organization outil own parler part partage partager partenaire partner passer passion
people personne petit place plan planning poste practical practice pratique premier present probleme problem process
processus profession professional professionnel profiter programme program progress project projet qualite quality
question quotidien recent rencontre rencontrer repartir reseau network responsable resultat result retour reussir role
rythme savoir search sector secteur seek service share sharing shown situation skill small solution sortir specialist
specialiste start startup strategie strategy subject success sujet support system systeme talk team technique temps thing
theme think time tool topic training travail travailler trouver trying understand update usage use utiliser vie visit
visiter volontiers voir way work worker working world year
account ai an ans arrive arriver avant avis bring budget coach failure faute franc give given go going half honest include
included keep learned learnt manage managed marche opinion passe peu second spend spent su take took veulent veut
vouloir voulons whole worked worth
always cafe coffee come coming cup eight eleven everyone everything gladly hello hundred join month nine now often
seven several six ten thing today trying twelve venir viens
""")
)
_PREFIX = 7
_COMMON_BEGINNINGS = frozenset(word[:_PREFIX] for word in _COMMONPLACE if len(word) >= _PREFIX)


def is_telling(stem: str) -> bool:
    """Whether sharing this word says something: not so for what nearly everybody at a professional event writes.

    >>> [stem for stem in stems("Trouver un partenaire pour développer la géothermie") if is_telling(stem)]
    ['geothermy']
    """
    return stem not in _COMMONPLACE and stem[:_PREFIX] not in _COMMON_BEGINNINGS and not stem.isdigit()


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
