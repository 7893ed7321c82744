"""Writes what recipients get: reasons are found and worded for pairs that are new, the rest is taken over."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pluggy import PluginManager

from ...domain.model import HostEvent
from ...domain.suggestions import Feature, Suggestion
from ..grounds import FindGrounds
from ..ports import UnitOfWork
from ..present import Presenter, Standing, shown_score
from ..reasons import Grounds

Ranked = Sequence[tuple[str, float]]
"""Suggested people with their scores, best first."""
Wanted = Mapping[str, Mapping[str, Ranked]]
"""Named lists by recipient."""


@dataclass(frozen=True, slots=True)
class Letter:
    """What one recipient gets: items by list name, in the recipient's language, and who is named."""

    language: str
    lists: Mapping[str, list[dict[str, Any]]]

    @property
    def mentions(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(item["person"] for items in self.lists.values() for item in items))


class Letters:
    """The writer of one pass of one feature."""

    def __init__(
        self,
        uow: UnitOfWork,
        host_event: HostEvent,
        feature: Feature,
        plugins: PluginManager,
        find_grounds: FindGrounds,
        standings: Mapping[str, Standing] | None = None,
    ) -> None:
        """``find_grounds`` is ``grounds.find_grounds`` with rows and scorer given; ``standings`` says for each list what
        its reader is to the people in it.
        """
        self._uow = uow
        self._host_event = host_event
        self._feature: Feature = feature
        self._plugins = plugins
        self._find_grounds = find_grounds
        self._standings = standings or {}
        self._reviewed = bool(plugins.hook.entremise_review_suggestions.get_hookimpls())

    def write(self, wanted: Wanted, *, keep: bool, changed: Collection[str]) -> dict[str, Letter]:
        """Return one letter per recipient.

        With ``keep``, an item that the recipient holds already is taken over when neither person is in ``changed``.
        """
        held = self._held(wanted, changed) if keep and not self._reviewed else {}
        new = [
            (recipient, person, name)
            for recipient, lists in wanted.items()
            for name, ranked in lists.items()
            for person, _ in ranked
            if recipient not in held or person in changed or person not in held[recipient].items
        ]
        involved = {ref for recipient, person, _ in new for ref in (recipient, person)}
        involved.update(recipient for recipient in wanted if recipient not in held)
        attendees = self._attendees(involved)
        presenter = Presenter(self._host_event, attendees)
        grounds = self._find_grounds([(recipient, person) for recipient, person, _ in new], attendees)
        fresh = dict(zip(new, grounds, strict=True))
        return {
            recipient: self._letter(recipient, lists, held.get(recipient), fresh, presenter)
            for recipient, lists in wanted.items()
        }

    def _letter(
        self,
        recipient: str,
        lists: Mapping[str, Ranked],
        held: _Held | None,
        fresh: Mapping[tuple[str, str, str], tuple[Grounds, Grounds]],
        presenter: Presenter,
    ) -> Letter:
        written: dict[str, list[dict[str, Any]]] = {}
        for name, ranked in lists.items():
            items = written[name] = []
            suggestions: dict[str, Suggestion] = {}
            for person, score in ranked:
                grounds = fresh.get((recipient, person, name))
                if grounds is not None:
                    suggestions[person] = presenter.suggestion(
                        recipient, person, score, grounds, standing=self._standings.get(name)
                    )
            left_out = (
                self._left_out(recipient, list(suggestions.values())) if self._reviewed else frozenset()
            )
            for person, score in ranked:
                if person in left_out:
                    continue
                rank = len(items) + 1
                if person in suggestions:
                    items.append(presenter.item(recipient, suggestions[person], rank))
                elif held is not None:
                    items.append({**held.items[person], "rank": rank, "score": shown_score(score)})
        return Letter(held.language if held else presenter.language(recipient), written)

    def _left_out(self, recipient: str, suggestions: Sequence[Suggestion]) -> frozenset[str]:
        answers = self._plugins.hook.entremise_review_suggestions(
            host_event=self._host_event, feature=self._feature, recipient=recipient, suggestions=suggestions
        )
        return frozenset(ref for answer in answers for ref in answer)

    def _held(self, wanted: Wanted, changed: Collection[str]) -> dict[str, _Held]:
        recipients = sorted(recipient for recipient in wanted if recipient not in changed)
        payloads = self._uow.outbox.payloads(
            self._host_event.installation_id, self._host_event.ref, self._feature, recipients
        )
        return {recipient: _Held.of(payload) for recipient, payload in payloads.items()}

    def _attendees(self, refs: Iterable[str]) -> Mapping[str, Any]:
        return self._uow.attendees.get_many(
            self._host_event.installation_id, self._host_event.ref, sorted(refs)
        )


@dataclass(frozen=True, slots=True)
class _Held:
    """What a recipient holds: the items by person, whichever list they stand in."""

    language: str
    items: Mapping[str, Mapping[str, Any]]

    @classmethod
    def of(cls, payload: Mapping[str, Any]) -> _Held:
        lists = (value for value in payload.values() if isinstance(value, list))
        return cls(payload["language"], {item["person"]: item for items in lists for item in items})
