"""Items that mean nearly the same under different words: clusters by average nearness."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .encoding import scales

_NEAR = 0.65
"""So near on average is what a reader would call the same; chance and set phrases do not get there."""
_MOST = 1500
"""Items that are compared with each other; of a session of hundreds, the first ones."""


def alike_items(vectors: NDArray[np.int8]) -> list[list[int]]:
    """Return the clusters of two or more items (m, d) whose cosines average ``_NEAR`` at least, as their places."""
    told = np.flatnonzero(vectors.any(axis=1))[:_MOST]
    if len(told) < 2:
        return []
    from sklearn.cluster import AgglomerativeClustering

    rows = vectors[told].astype(np.float32) * scales(vectors[told])[:, None]
    far = np.maximum(1.0 - rows @ rows.T, 0.0)
    np.fill_diagonal(far, 0.0)
    labels = AgglomerativeClustering(
        n_clusters=None, metric="precomputed", linkage="average", distance_threshold=1.0 - _NEAR
    ).fit_predict(far)
    found = [told[labels == label].tolist() for label in range(int(labels.max()) + 1)]
    return sorted((cluster for cluster in found if len(cluster) > 1), key=lambda cluster: cluster[0])
