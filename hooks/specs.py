"""The whole extension surface: six hooks, each an empty function with prose.

A plugin is a module (or any object) with functions marked ``@hookimpl`` and is found through the entry-point group
``entremise``. A plugin may leave out arguments that it does not need. An exception in a hook stops the work at
hand and is reported with the plugin's name: it is never swallowed.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from ..plugin.domain.model import HostEvent
from ..plugin.domain.suggestions import Result, Suggestion
from .contract import HostAdapter
from .markers import hookspec


class Encoding(NamedTuple):
    """Texts as vectors. ``encoder`` names the model and its version: vectors are cached under it."""

    encoder: str
    vectors: Any
    """Array of float32, shape (number of texts, d), rows of unit length; an all-zero row is "no meaning found"."""
    words: float = 1.0
    """How much plain words still count beside these vectors: 1 as much, less for an encoder that sees through them."""
    common: float = 0.0
    """How much stays of what all texts of a host event have in common, from 0 to 1: 0 where vectors of different
    things already are near each other, more for an encoder that was trained to keep them apart."""


@hookspec
def entremise_register_host() -> HostAdapter | Sequence[HostAdapter]:  # type: ignore[empty-body]
    """Return the adapter object of one kind of host, or several.

    Called once per process, at the start. The adapter's ``name`` must be taken by nobody else; everything that
    ``HostAdapter`` asks for is checked here, so that a mistake stops the start and not a delivery.
    """


@hookspec(firstresult=True)
def entremise_encode_texts(texts: Sequence[str]) -> Encoding | None:
    """Turn texts into vectors whose inner product says how near they are in meaning.

    The first plugin that returns something wins; ``None`` leaves it to the next, and in the end to the built-in
    encoder. Called with an empty sequence to learn the encoder's name before anything is encoded. The same text
    must always give the same vector under the same name. Runs in a worker; may take seconds, must not ask the network.
    """


@hookspec
def entremise_adjust_scores(host_event: HostEvent, feature: str, refs: Sequence[str], scores: Any) -> None:
    """Change scores in place before lists are made.

    ``scores`` is an array of float, shape (n, n): ``scores[i, j]`` in [0, 1] says how good it is for ``refs[i]``
    to be shown ``refs[j]``. Add to it, scale it (results are clipped to [0, 1]), or set it to ``-inf`` to veto the
    pair in that direction. Pairs that are ruled out already hold 0 and stay ruled out. ``refs`` may be a part of the
    roster, so an adjustment may depend on the two people only, never on their place in the array. Implementing this
    hook has all pairs held at once: 100 MB for 5,000 people.
    """


@hookspec
def entremise_review_suggestions(
    host_event: HostEvent, feature: str, recipient: str, suggestions: Sequence[Suggestion]
) -> Collection[str] | None:
    """Return the refs of suggested people to leave out of this recipient's list; ``None`` leaves it as it is.

    Called for every list that is about to be published, after allocation; several plugins' answers add up. People
    left out are not replaced: to steer who is chosen, use ``entremise_adjust_scores``.
    """


@hookspec
def entremise_suggestions_ready(results: Sequence[Result]) -> None:
    """Hear that the host holds these results now (a payload of ``None`` is a withdrawal).

    Called after the acknowledgement is stored, with results of one installation. It is an announcement: after a crash
    in between it is not made again, so nothing may depend on hearing every one.
    """


@hookspec
def entremise_delivery_rejected(
    installation_id: str, dead_letter_id: str, reason: str, field: str | None
) -> None:
    """Hear that something went to the dead letters: a delivery that makes no sense, or a result that the host refused.

    ``field`` is the dotted place that is to blame, where there is one. The raw bytes stay where they are: ask for the
    dead letter by its id. It is an announcement, made after the commit.
    """
