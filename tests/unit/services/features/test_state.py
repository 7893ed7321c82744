"""What a pass leaves to the next: arrays as they were, no words of anybody, and a name for how it was made."""

from __future__ import annotations

import numpy as np
from builders import EVERYTHING
from hall import SETTINGS, Hall
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from entremise.plugin.domain.model import Mentoring
from entremise.plugin.services.features import FEATURES, PLANNERS
from entremise.plugin.services.state import pack, unpack

arrays = hnp.arrays(
    st.sampled_from([np.int64, np.float32, np.int8, np.bool_]),
    hnp.array_shapes(min_dims=1, max_dims=3, min_side=0),
)


@given(st.dictionaries(st.text(), st.integers(0, 9)), st.dictionaries(st.text(), arrays, max_size=4))
def test_what_was_packed_is_unpacked(facts: dict[str, int], named: dict[str, np.ndarray]) -> None:
    again, found = unpack(pack(facts, named))
    assert again == facts
    assert found.keys() == named.keys()
    for name, array in named.items():
        assert found[name].dtype == array.dtype
        assert np.array_equal(found[name], array, equal_nan=array.dtype.kind == "f")


def test_a_state_holds_nothing_that_anybody_wrote(hall: Hall) -> None:
    for ref in ("anatole", "balthazar"):
        hall.put(
            ref,
            needs=("apiculture",),
            offers=("apiculture",),
            mentoring=Mentoring("both"),
            consent=EVERYTHING,
        )
    for feature in ("connections", "mentorship"):
        passed = hall.run(feature)
        assert passed is not None
        assert passed.payloads
        for word in (b"anatole", b"Balthazar", b"apiculture"):
            assert word not in passed.state


def test_fingerprints_follow_the_settings_that_matter_and_no_others() -> None:
    for feature in FEATURES:
        before = feature.fingerprint(SETTINGS)
        for key, value in SETTINGS.items():
            changed = {
                "avoid": "allow",
                "any": "other",
                "automatic": "review",
                "review": "automatic",
                "soft": "hard",
                "few": "any",
            }
            other = (
                changed[value]
                if isinstance(value, str)
                else 1 - value
                if isinstance(value, bool)
                else value + 1
            )
            own = key.startswith(f"{feature.key}.") and not key.endswith(".enabled")
            # Meetings are made of the pairs that connections would suggest.
            borrowed = feature.key == "meetings" and key in PLANNERS["meetings"].settings
            matters = own or borrowed
            assert (feature.fingerprint({**SETTINGS, key: other}) != before) == matters, key
        assert len(before) < 255


def test_other_settings_make_a_full_pass_and_the_same_ones_none(hall: Hall) -> None:
    for ref in ("ana", "bob", "eve"):
        hall.put(ref)
    first = hall.run()
    assert first is not None
    assert first.full
    assert hall.run() is None

    hall.settings["connections.list_length"] = 1
    again = hall.run()

    assert again is not None
    assert again.full
    assert all(len(payload["suggestions"]) == 1 for payload in hall.held().values())
