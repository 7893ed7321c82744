"""How much any two people have to say to each other in a circle: what both are about, by meaning and by words.

A circle forms around a shared challenge, so challenges and goals lead; the rest of a profile speaks where they are
missing. Two views of nearness, the encoder's and the plain words', each see what the other overlooks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .crowd import Crowd
from .kinds import Weights
from .likeness import FAR
from .partition import Worth
from .rules import Flags
from .scoring import Scorer, blocks
from .space import FittedSpace

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

CIRCLE = Weights(
    terms={"about": 80.0, "need_offer": 10.0, "offer_need": 10.0, "sector": 5.0},
    doubt=20.0,
    about={"challenges": 1.0, "goals": 0.6, "interests": 0.2, "bio": 0.2, "title": 0.15},
    lead="",
    mutual=True,
)
"""What makes two people good company in a circle. Whoever offers what another one seeks counts a little, too."""
COLLEAGUES = 0.2
"""Where organisations are to be mixed, a pair of one organisation counts a fifth."""
_UNRELATED = FAR / (np.float32(1.0) + FAR)
"""The nearness of two texts that have nothing to do with each other: it counts nothing."""
_WORDS = np.float32(0.6)
"""How much plain words count beside the vectors, of which words are a part as well."""
_OWN = 7
"""So many of a person's nearest say what is near for that person: about one circle's worth of people."""
_CLOSEST = np.float32(2.0)
"""Who is near to one other alone is not nearer to them than twice what is near for most."""
_LEAST_OWN = 0.25
"""Who is near to nobody is scaled as if nearest others were this part of what they are for most people."""


def circle_scorer(crowd: Crowd) -> Scorer:
    """Return the scorer whose scores say how good company two people are in a circle; -1 where rules forbid it."""
    return Scorer(crowd, CIRCLE)


def worth(scorer: Scorer, words: csr_matrix | None = None, *, mixed: bool = False) -> Worth:
    """Return what each pair adds to a circle, (n, n) symmetric, about 1 for two who are each other's nearest.

    ``words`` is what ``words_of`` returned for the same people. ``mixed``: two of one organisation count less. Rules are
    not looked at: they are the partition's.
    """
    near = np.empty((len(scorer), len(scorer)), dtype=np.float32)
    for rows in blocks(len(scorer)):
        out, back = scorer.directed(rows)
        # A score grows with the square of a cosine: the root of both ways' mean is a nearness again.
        near[rows] = np.sqrt(np.sqrt(out * back)) - _UNRELATED
    found = _relative(near)
    if words is not None:
        said = _relative((words @ words.T).toarray().astype(np.float32))
        found = (np.float32(1.0) - _WORDS) * found + _WORDS * said
    # One who really shares the challenge is better company than two who might.
    np.square(found, out=found)
    if mixed:
        found[colleagues(scorer.crowd.organisations)] *= COLLEAGUES
    np.fill_diagonal(found, 0.0)
    return found


def colleagues(organisations: NDArray[np.int32]) -> Flags:
    """Return which pairs are known to be of one organisation, (n, n), nobody with themselves."""
    same: Flags = (organisations[:, None] == organisations[None, :]) & (organisations >= 0)
    np.fill_diagonal(same, val=False)
    return same


def words_of(space: FittedSpace, said: Sequence[Mapping[str, Sequence[str]]]) -> csr_matrix:
    """Return (n, c) rows of length 1, or 0 for who said nothing: the words of what each person is about.

    ``said`` are each person's texts by facet, only what may be scored.
    """
    from scipy.sparse import csr_matrix, diags

    texts = list(dict.fromkeys(text for one in said for facet in CIRCLE.about for text in one.get(facet, ())))
    place = {text: number for number, text in enumerate(texts)}
    counted = space.words_in(texts)
    pooled = csr_matrix((len(said), counted.shape[1]), dtype=np.float64)
    for facet, weight in CIRCLE.about.items():
        entries = [(row, place[text]) for row, one in enumerate(said) for text in one.get(facet, ())]
        if not entries:
            continue
        rows, columns = np.array(entries).T
        who = csr_matrix((np.ones(len(rows)), (rows, columns)), shape=(len(said), len(texts)))
        pooled = pooled + _of_length_one(who @ counted) * weight
    return _of_length_one(csr_matrix(pooled)) if pooled.nnz else diags(np.zeros(len(said))).tocsr()


def _of_length_one(rows: csr_matrix) -> csr_matrix:
    from scipy.sparse import diags

    length = np.sqrt(np.asarray(rows.multiply(rows).sum(axis=1)).ravel())
    return (diags(1.0 / np.where(length > 0, length, 1.0)) @ rows).tocsr()


def _relative(near: Worth) -> Worth:
    """Return nearness in units of what is near for both.

    A text of general words is fairly near to everybody, and one on a rare subject to nobody: without this, the first
    spoils every circle that it enters, and the second ends among leftovers although its own nearest are clear.
    """
    np.fill_diagonal(near, 0.0)
    np.maximum(near, 0.0, out=near)
    few = min(_OWN, len(near) - 1)
    if few < 1:
        return near
    own = np.partition(near, len(near) - few, axis=1)[:, -few:].mean(axis=1)
    told = own[own > 0]
    if not len(told):
        return near
    scale = np.sqrt(np.maximum(own, _LEAST_OWN * np.median(told))).astype(np.float32)
    near /= scale[:, None]
    near /= scale[None, :]
    return np.minimum(near, _CLOSEST, out=near)
