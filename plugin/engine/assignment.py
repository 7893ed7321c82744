"""Who mentors whom: the assignment of greatest total weight under capacities.

Mentees are rows; a mentor who takes c mentees is c columns. Pairs that are ruled out are never made: they weigh
nothing in the search and are dropped from its answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray


def assign(weights: NDArray[np.float64], capacities: Sequence[int]) -> NDArray[np.intp]:
    """Return (pairs, 2) of mentee and mentor, ascending, whose weights sum to the greatest total.

    ``weights`` has shape (mentees, mentors), is greater than 0 where a pair may be made and not greater elsewhere;
    ``capacities`` (mentors,) says how many mentees each takes at most. Parts of the people that no possible pair
    connects are solved apart, which changes nothing but the time.
    """
    from scipy.sparse import csr_matrix
    from scipy.sparse.csgraph import connected_components

    mentees, mentors = weights.shape
    possible = (weights > 0) & (np.asarray(capacities, dtype=np.intp) > 0)
    one, other = np.nonzero(possible)
    size = mentees + mentors
    graph = csr_matrix((np.ones(len(one)), (one, mentees + other)), shape=(size, size))
    count, part = connected_components(graph, directed=False)
    order = np.argsort(part, kind="stable")
    starts = np.searchsorted(part[order], np.arange(count + 1))
    pairs = [np.empty((0, 2), dtype=np.intp)]
    for start, end in pairwise(starts):
        if end - start > 1:
            members = order[start:end]
            pairs.append(
                _solve(weights, members[members < mentees], members[members >= mentees] - mentees, capacities)
            )
    found = np.concatenate(pairs)
    return found[np.lexsort((found[:, 1], found[:, 0]))]


def _solve(
    weights: NDArray[np.float64],
    mentees: NDArray[np.intp],
    mentors: NDArray[np.intp],
    capacities: Sequence[int],
) -> NDArray[np.intp]:
    from scipy.optimize import linear_sum_assignment

    # More places than mentees are never filled.
    places = np.repeat(mentors, [min(capacities[mentor], len(mentees)) for mentor in mentors])
    matrix = np.maximum(weights[np.ix_(mentees, places)], 0.0)
    rows, columns = linear_sum_assignment(matrix, maximize=True)
    made = matrix[rows, columns] > 0
    return np.stack([mentees[rows[made]], places[columns[made]]], axis=1)
