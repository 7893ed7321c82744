"""The baseline that any engine has to beat: lists by the TF-IDF similarity of all that people wrote."""

from __future__ import annotations

from collections.abc import Mapping

from ..domain.model import FACETS, Profile
from .attendees import People
from .recommendations import Ranked

_AT_ONCE = 512


def plain_lists(people: People, length: int) -> Mapping[str, Ranked]:
    """Return a list of up to ``length`` of the most similar others for everybody who agreed to be suggested."""
    import numpy as np
    from sklearn.feature_extraction.text import TfidfVectorizer

    agreed = people.suggestible()
    ids = list(agreed)
    texts = [_everything(profile) for profile in agreed.values()]
    try:
        rows = TfidfVectorizer(sublinear_tf=True).fit_transform(texts)
    except ValueError:  # nobody wrote a word
        return {person: [] for person in ids}
    lists: dict[str, Ranked] = {}
    for start in range(0, len(ids), _AT_ONCE):
        similar = (rows[start : start + _AT_ONCE] @ rows.T).toarray()
        for offset, row in enumerate(similar):
            row[start + offset] = 0.0
            best = np.argsort(-row, kind="stable")[:length]
            lists[ids[start + offset]] = [(ids[at], min(1.0, float(row[at]))) for at in best if row[at] > 0]
    return lists


def _everything(profile: Profile) -> str:
    stated = [profile.organisation, profile.sector, profile.title, *profile.languages]
    scored = [text for facet in FACETS if profile.may_score(facet) for text in profile.texts(facet)]
    return " ; ".join([*(word for word in stated if word), *scored])
