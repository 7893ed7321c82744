"""What is learnt from the texts of one host event, frozen: which words tell something, and which go together.

Half of a text's vector is latent semantic analysis of its words (Deerwester et al., 1990), the other half a dense
encoder's vector, centred on the host event and turned so that what differs most comes first. Within one space a
text always has the same vector; a new space is a new encoder to everything that stores vectors.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from . import lexical

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

Floats = NDArray[np.float32]
Counted = tuple["csr_matrix", "csr_matrix"]
"""Words and pieces of words, as ``lexical.counts`` gives them."""

DIMENSIONS = 256
HALF = DIMENSIONS // 2
_LAYOUT = 1
"""Raise it whenever the same texts would get other vectors."""
_PIECES = 0.15
"""How much of the lexical half is character n-grams, for spellings and inflections."""
_MANY = 5_000
"""From so many texts on, a word that only one of them has is left out."""
_FIT_ON = 20_000
"""Texts beyond this many add nothing to a space that a sample does not have."""
_CERTAIN = 0.3
"""A text of which the space knows less than this keeps a short vector: one known word must not pass for all."""
_SHRINK = 20.0
"""So many texts it takes until their mean is trusted half."""


@dataclass(frozen=True, slots=True, eq=False)
class FittedSpace:
    """One frozen space. ``name`` identifies it wherever vectors are stored; ``texts`` is how many it was fitted on;
    ``words`` is what the lexical half counts beside the dense one.

    ``columns`` (c,) are the hashed features it knows, ``idf`` (c,) their weights, ``unseen`` the weight of any
    other (words, pieces), ``components`` (c, ≤ HALF); ``mean`` (e,) and ``turn`` (e, ≤ HALF) belong to the dense
    encoder, and are empty where there is none.
    """

    name: str
    texts: int
    words: float
    columns: NDArray[np.int32]
    idf: Floats
    unseen: tuple[float, float]
    components: Floats
    mean: Floats
    turn: Floats

    def vectors(self, texts: Sequence[str], dense: NDArray[Any] | None) -> Floats:
        """Return one row of at most unit length per text, shape (n, DIMENSIONS); all zero where nothing is known.

        ``dense`` (n, e) are the dense encoder's rows for the same texts.
        """
        rows = np.zeros((len(texts), DIMENSIONS), dtype=np.float32)
        if not len(texts):
            return rows
        found = _weighed(lexical.counts(texts), self.columns, self.idf, self.unseen) @ self.components
        words = self.words if dense is not None else 1.0
        rows[:, : found.shape[1]] = _scaled(found, least=_CERTAIN) * np.float32(words)
        if dense is not None and self.turn.size:
            centred = _unit(np.asarray(dense, dtype=np.float32)) - self.mean
            turned: Floats = np.matmul(centred, self.turn)
            told = np.any(dense, axis=1)[:, None]
            rows[:, HALF : HALF + turned.shape[1]] = _scaled(turned, least=1e-6) * told
        return _unit(rows)

    def words_in(self, texts: Sequence[str]) -> csr_matrix:
        """Return the words, pieces and concepts of each text as this space weighs them, (n, c), before any reduction."""
        return _weighed(lexical.counts(texts), self.columns, self.idf, self.unseen)

    def facts(self) -> dict[str, Any]:
        """Return the JSON-ready part; with ``arrays`` it is the whole space."""
        return {"name": self.name, "texts": self.texts, "words": self.words, "unseen": list(self.unseen)}

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return the arrays, as small as they may be stored."""
        return {
            "columns": self.columns, "idf": self.idf.astype(np.float16),
            "components": self.components.astype(np.float16), "mean": self.mean, "turn": self.turn.astype(np.float16),
        }  # fmt: skip

    @classmethod
    def restored(cls, facts: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> FittedSpace:
        """Return the space that ``facts`` and ``arrays`` were taken from."""
        single = {
            key: np.asarray(arrays[key], dtype=np.float32) for key in ("idf", "components", "mean", "turn")
        }
        return cls(
            name=facts["name"], texts=facts["texts"], words=facts["words"], unseen=tuple(facts["unseen"]), columns=arrays["columns"], **single
        )  # fmt: skip


def sample(texts: Sequence[str]) -> Sequence[str]:
    """Return as many texts as a space is fitted on, spread over all."""
    places = np.linspace(0, len(texts) - 1, min(len(texts), _FIT_ON)).round().astype(np.intp)
    return [texts[place] for place in np.unique(places)] if len(texts) else []


def fit(
    texts: Sequence[str], dense: NDArray[Any] | None, *, encoder: str, words: float = 1.0, common: float = 0.0
) -> FittedSpace:
    """Fit a space on the distinct texts of a host event; ``encoder`` names where ``dense`` (n, e) came from.

    ``words`` below 1 for an encoder that knows better than words do what belongs together; ``common`` (0 to 1) is how
    much of the mean of all texts is left in its vectors. The same texts in the same order give the same space.
    """
    counted = lexical.counts(texts)
    columns, idf, unseen = _telling(counted)
    components = _latent(_weighed(counted, columns, idf, unseen))
    if dense is None or not len(texts):
        mean, turn = np.zeros(0, dtype=np.float32), np.zeros((0, 0), dtype=np.float32)
    else:
        mean, turn = _centre(_unit(np.asarray(dense, dtype=np.float32)), common)
    name = f"{encoder}/{words}/{common}/{_LAYOUT}/{lexical.version()}"
    digest = hashlib.blake2b(name.encode(), digest_size=12)
    for text in texts:
        digest.update(text.encode() + b"\0")
    # Through half precision at once: what is stored and read again must not differ from what was fitted.
    space = FittedSpace(
        name=f"space-{digest.hexdigest()}", texts=len(texts), words=words, columns=columns, idf=idf,
        unseen=unseen, components=components, mean=mean, turn=turn,
    )  # fmt: skip
    return FittedSpace.restored(space.facts(), space.arrays())


def _telling(counted: Counted) -> tuple[NDArray[np.int32], Floats, tuple[float, float]]:
    """Return the features worth knowing, ascending, with their inverse document frequencies."""
    texts = counted[0].shape[0]
    # A piece that one text alone has can connect nobody; a word may meet its like in a later text.
    least = (1 if texts < _MANY else 2, 2)
    kept, frequency = [], []
    for number, part in enumerate(counted):
        columns, often = np.unique(part.indices, return_counts=True)
        kept.append(columns[often >= least[number]] + number * lexical.WIDTH)
        frequency.append(often[often >= least[number]])
    idf = np.log((1.0 + texts) / (1.0 + np.concatenate(frequency))) + 1.0
    rarest = float(np.log(1.0 + texts) + 1.0)
    known = idf.astype(np.float16).astype(np.float32)
    return np.concatenate(kept).astype(np.int32), known, (rarest, rarest)


def _weighed(
    counted: Counted, columns: NDArray[np.int32], idf: Floats, unseen: tuple[float, float]
) -> csr_matrix:
    """Return (n, c): each text's known features, of unit length together with those that are not known."""
    from scipy.sparse import csr_matrix

    texts = counted[0].shape[0]
    entries = []
    for number, (part, share) in enumerate(zip(counted, (1.0 - _PIECES, _PIECES), strict=True)):
        wanted = part.indices + number * lexical.WIDTH
        place = np.minimum(np.searchsorted(columns, wanted), max(len(columns) - 1, 0))
        known = columns[place] == wanted if len(columns) else np.zeros(len(wanted), dtype=np.bool_)
        values = part.data * np.where(known, idf[place] if len(columns) else 0.0, unseen[number])
        rows = np.repeat(np.arange(texts), np.diff(part.indptr))
        length = np.sqrt(np.bincount(rows, values * values, minlength=texts))
        values = values * (np.sqrt(share) / np.where(length > 0, length, 1.0))[rows]
        entries.append((values[known], rows[known], place[known]))
    values, rows, place = (np.concatenate(parts) for parts in zip(*entries, strict=True))
    return csr_matrix((values, (rows, place)), shape=(texts, len(columns)))


def _latent(rows: csr_matrix) -> Floats:
    """Return (c, k) directions of greatest spread; all of them where there are few texts."""
    from sklearn.decomposition import TruncatedSVD

    count = min(rows.shape)
    if count == 0:
        return np.zeros((rows.shape[1], 0), dtype=np.float32)
    if count <= 2 * HALF:
        _, spread, directions = np.linalg.svd(rows.toarray(), full_matrices=False)
        kept = min(HALF, int((spread > 1e-9).sum()))
        return np.ascontiguousarray(directions[:kept].T, dtype=np.float32)
    reduced = TruncatedSVD(HALF, n_iter=4, random_state=0).fit(rows)
    return np.ascontiguousarray(reduced.components_.T, dtype=np.float32)


def _centre(dense: Floats, common: float) -> tuple[Floats, Floats]:
    """Return what is taken off, and the (e, k) directions in which the rows then differ most.

    Taken off is the mean, trusted as far as there are texts, but for the part ``common``.
    """
    told = dense[dense.any(axis=1)]
    if not len(told):
        return np.zeros(dense.shape[1], dtype=np.float32), np.zeros((0, 0), dtype=np.float32)
    mean = told.mean(axis=0) * ((1.0 - common) * len(told) / (len(told) + _SHRINK))
    away = (told - mean).astype(np.float64)
    # Of the covariance, so that few texts leave a full set of directions for what is still to come.
    _, directions = np.linalg.eigh(away.T @ away)
    return mean.astype(np.float32), np.ascontiguousarray(directions[:, ::-1][:, :HALF], dtype=np.float32)


def _unit(rows: Floats) -> Floats:
    return _scaled(rows, least=1e-9)


def _scaled(rows: Floats, *, least: float) -> Floats:
    length = np.sqrt(np.einsum("ij,ij->i", rows, rows))[:, None]
    scaled: Floats = (rows / np.maximum(length, np.float32(least))).astype(np.float32)
    return scaled
