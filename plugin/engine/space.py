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


def fit(texts: Sequence[str], dense: NDArray[Any] | None, *, encoder: str, words: float = 1.0) -> FittedSpace:
    """Fit a space on the distinct texts of a host event; ``encoder`` names where ``dense`` (n, e) came from.

    ``words`` below 1 for an encoder that knows better than words do what belongs together. The same texts in the same
    order give the same space.
    """
    counted = lexical.counts(texts)
    columns, idf, unseen = _telling(counted)
    components = _latent(_weighed(counted, columns, idf, unseen))
    if dense is None or not len(texts):
        mean, turn = np.zeros(0, dtype=np.float32), np.zeros((0, 0), dtype=np.float32)
    else:
        mean, turn = _centre(_unit(np.asarray(dense, dtype=np.float32)))
    digest = hashlib.blake2b(f"{encoder}/{words}/{_LAYOUT}/{lexical.version()}".encode(), digest_size=12)
    for text in texts:
        digest.update(text.encode() + b"\0")
    # Through half precision at once: what is stored and read again must not differ from what was fitted.
    space = FittedSpace(
        name=f"space-{digest.hexdigest()}", texts=len(texts), words=words, columns=columns, idf=idf,
        unseen=unseen, components=components, mean=mean, turn=turn,
    )  # fmt: skip
    return FittedSpace.restored(space.facts(), space.arrays())


def _telling(counted: Counted) -> tuple[NDArray[np.int32], Floats, tuple[float, float]]:
    """Return the features worth knowing, with their inverse document frequencies."""
    texts = counted[0].shape[0]
    often = [np.diff(part.tocsc().indptr) for part in counted]
    # A piece that one text alone has can connect nobody; a word may meet its like in a later text.
    known = np.concatenate([often[0] >= (1 if texts < 5000 else 2), often[1] >= 2])
    frequency = np.concatenate(often)
    idf = np.log((1.0 + texts) / (1.0 + frequency)) + 1.0
    columns = np.flatnonzero(known).astype(np.int32)
    rarest = float(np.log(1.0 + texts) + 1.0)
    return columns, idf[columns].astype(np.float16).astype(np.float32), (rarest, rarest)


def _weighed(
    counted: Counted, columns: NDArray[np.int32], idf: Floats, unseen: tuple[float, float]
) -> csr_matrix:
    """Return (n, c): each text's known features, of unit length together with those that are not known."""
    from scipy.sparse import csr_matrix, diags, hstack

    words, pieces = counted
    weights = np.concatenate([np.full(lexical.WIDTH, unseen[0]), np.full(lexical.WIDTH, unseen[1])])
    weights[columns] = idf
    parts = []
    for part, weight, share in (
        (words, weights[: lexical.WIDTH], 1.0 - _PIECES),
        (pieces, weights[lexical.WIDTH :], _PIECES),
    ):
        scaled = part @ diags(weight)
        length = np.sqrt(np.asarray(scaled.multiply(scaled).sum(axis=1)).ravel())
        parts.append(diags(np.sqrt(share) / np.where(length > 0, length, 1.0)) @ scaled)
    return csr_matrix(hstack(parts).tocsc()[:, columns])


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


def _centre(dense: Floats) -> tuple[Floats, Floats]:
    """Return the mean, trusted as far as there are texts, and the (e, k) directions in which the rows differ most."""
    told = dense[dense.any(axis=1)]
    if not len(told):
        return np.zeros(dense.shape[1], dtype=np.float32), np.zeros((0, 0), dtype=np.float32)
    mean = told.mean(axis=0) * (len(told) / (len(told) + _SHRINK))
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
