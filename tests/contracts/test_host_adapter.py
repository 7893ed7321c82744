"""What every host adapter promises. A registered host is found, and inherits all of this, without being named here."""

from __future__ import annotations

import inspect
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from builders import NOON
from hypothesis import given
from hypothesis import strategies as st
from local_http import Asked, Reply, closed_port, serving
from workbench import HOSTS, Workbench, close_all, heard, kindly

from entremise.hooks import outbound
from entremise.plugin.domain import events
from entremise.plugin.domain.delivery import Delivery
from entremise.plugin.domain.errors import (
    DeliveryError,
    HostError,
    HostRejected,
    HostUnauthorized,
    HostUnavailable,
    InvalidSignature,
)

BENCHES = [Workbench(name) for name in HOSTS]
SIGNED = [bench for bench in BENCHES if bench.host.capabilities.signed]
RECORDED = [(bench, path) for bench in BENCHES for path in bench.recordings()]
OUR_OWN = {"OptOutChanged"}
"""Domain events that a host need not produce: people may say it on their own page."""

every_host = pytest.mark.parametrize("bench", BENCHES, ids=repr)
every_signed_host = pytest.mark.parametrize("bench", SIGNED, ids=repr)
every_recording = pytest.mark.parametrize(
    ("bench", "path"), RECORDED, ids=[f"{bench}/{path.stem}" for bench, path in RECORDED]
)


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    yield
    close_all()


# Recorded deliveries: the fixtures are the specification.


@every_host
def test_a_host_has_recorded_deliveries(bench: Workbench) -> None:
    if not bench.recordings():
        kindly(
            f"{bench} has no deliveries: put the body of a real one, exactly as it arrived, into"
            f" {bench.shown}/deliveries/registered.json (and headers that matter into registered.headers.json)"
        )


@every_recording
def test_a_recorded_delivery_means_what_was_expected(bench: Workbench, path: Path) -> None:
    told = heard(bench.host, bench.delivery(path), bench.installation())
    expected = path.with_name(f"{path.stem}.expected.json")
    if not expected.exists():
        kindly(
            f"{bench} makes this of {bench.shown}/deliveries/{path.name}:\n\n"
            f"{json.dumps(told, indent=2, ensure_ascii=False)}\n\n"
            f"If that is right, put it into {expected.name} beside it; if not, schemas.py and translate.py are next."
        )
    assert told == json.loads(expected.read_text(encoding="utf-8"))


@every_host
def test_everything_that_can_happen_has_a_delivery_or_a_reason_why_not(bench: Workbench) -> None:
    known = {
        name
        for name, kind in inspect.getmembers(events, inspect.isclass)
        if issubclass(kind, events.DomainEvent) and not kind.__subclasses__()
    }
    unsupported = bench.host.capabilities.unsupported
    assert set(unsupported) <= known, "names what is no domain event"
    produced = {type(item).__name__ for item in bench.fetched()}
    for path in bench.recordings():
        for part in bench.host.unpack(bench.delivery(path)):
            try:
                produced |= {type(item).__name__ for item in bench.host.parse(part, bench.installation())}
            except DeliveryError:
                continue
    for name in sorted(known - OUR_OWN - produced - unsupported.keys()):
        kindly(
            f"{bench} has no delivery of type {name}; add one under {bench.shown}/deliveries/"
            " or list it under `unsupported` in Capabilities, with the reason"
        )
    if "Hint" in produced and not bench.fetched():
        kindly(
            f"{bench}'s deliveries are hints: {bench.shown}/workbench.py should say in `fetched` what they lead to"
        )
    for name in sorted(produced & unsupported.keys()):
        kindly(f"{bench} lists {name} under `unsupported` but produces it")
    assert all(reason.strip() for reason in unsupported.values())


@every_host
def test_a_host_says_how_to_set_it_up(bench: Workbench) -> None:
    readme = Path(inspect.getfile(type(bench.host))).with_name("README.md")
    if not readme.exists() or len(readme.read_text(encoding="utf-8")) < 200:
        kindly(
            f"{bench} has no README.md beside its host.py: say there how it is set up on the host's side, and its limits"
        )


# Keys and parsing.


@every_recording
def test_a_key_is_the_same_at_every_redelivery_and_fits(bench: Workbench, path: Path) -> None:
    first = bench.delivery(path)
    again = replace(
        first, received_at=NOON + 500, headers={**first.headers, "user-agent": "other", "webhook-id": "x"}
    )
    keys = [bench.host.delivery_key(part) for part in bench.host.unpack(first)]
    assert keys == [bench.host.delivery_key(part) for part in bench.host.unpack(again)]
    assert all(key is None or 0 < len(key) <= 255 for key in keys)


@every_recording
def test_parsing_twice_gives_the_same_twice(bench: Workbench, path: Path) -> None:
    assert heard(bench.host, bench.delivery(path), bench.installation()) == heard(
        bench.host, bench.delivery(path), bench.installation()
    )


header_names = st.sampled_from(
    [
        "content-type",
        "ce-id",
        "ce-source",
        "ce-type",
        "ce-specversion",
        "ce-subject",
        "ce_id",
        "webhook-id",
        "x-any",
    ]
) | st.text(max_size=10)
header_values = st.sampled_from(
    [
        "application/json",
        "application/cloudevents+json",
        "application/cloudevents-batch+json",
        "1.0",
        "text/plain",
    ]
) | st.text(max_size=40)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=10,
)


@every_host
@given(
    headers=st.dictionaries(header_names, header_values, max_size=6),
    body=st.binary(max_size=100) | json_values.map(lambda value: json.dumps(value).encode()),
)
def test_garbage_is_a_delivery_error_and_nothing_else(
    bench: Workbench, headers: dict[str, str], body: bytes
) -> None:
    _only_delivery_errors(bench, Delivery("inst", "webhook", headers, body, NOON))


@every_host
@given(data=st.data())
def test_a_real_delivery_gone_wrong_is_a_delivery_error_and_nothing_else(
    bench: Workbench, data: st.DataObject
) -> None:
    if not bench.recordings():
        kindly(f"{bench} has no deliveries yet")
    recorded = bench.delivery(data.draw(st.sampled_from(bench.recordings())))
    try:
        document = json.loads(recorded.body)
    except ValueError:
        return
    places = list(_places(document))
    for place in data.draw(st.lists(st.sampled_from(places), max_size=3)) if places else []:
        hostile = st.sampled_from(sorted(HOSTILE))
        value = HOSTILE[data.draw(hostile)]() if data.draw(st.booleans()) else data.draw(json_values)
        _put(document, place, value)
    _only_delivery_errors(bench, replace(recorded, body=json.dumps(document).encode()))


HOSTILE: dict[str, Callable[[], Any]] = {
    "a megabyte of text": lambda: "x" * 1_100_000,
    "ten thousand tags": lambda: ["tag"] * 10_000,
    "a NUL": lambda: "\x00",
    "half a surrogate pair": lambda: "\ud800",
    "not a number": lambda: float("nan"),
    "more than 64 bits": lambda: 10**40,
    "less than nothing": lambda: -1,
    "true": lambda: True,
    "an object": lambda: {"a": {"b": {}}},
    "lists in lists": lambda: [[[[]]]],
    "empty": lambda: "",
}


def _only_delivery_errors(bench: Workbench, delivery: Delivery) -> None:
    if bench.host.capabilities.signed:
        with pytest.raises(InvalidSignature):
            bench.host.verify(delivery, bench.installation(), now=NOON)
    for part in bench.host.unpack(delivery):
        key = bench.host.delivery_key(part)
        assert key is None or 0 < len(key) <= 255
        refused = _refusal(bench, part)
        place = getattr(refused, "field", None)
        assert place is None or len(place) <= 255
        assert "\x00" not in f"{refused} {place}", "a reason has to fit in a database"


def _refusal(bench: Workbench, delivery: Delivery) -> DeliveryError | None:
    try:
        bench.host.parse(delivery, bench.installation())
    except DeliveryError as error:
        return error
    return None


def _places(document: Any, path: tuple[Any, ...] = ()) -> Any:
    items = document.items() if isinstance(document, dict) else enumerate(document)
    for key, value in items:
        yield (*path, key)
        if isinstance(value, (dict, list)):
            yield from _places(value, (*path, key))


def _put(document: Any, place: tuple[Any, ...], value: Any) -> None:
    """Put a value where the place still is: an earlier change may have taken its branch away."""
    try:
        for key in place[:-1]:
            document = document[key]
        document[place[-1]] = value
    except (KeyError, IndexError, TypeError):
        return


# Signatures.


def _first_recording(bench: Workbench) -> Delivery:
    if not bench.recordings():
        kindly(f"{bench} has no deliveries yet: there is nothing to sign")
    return bench.delivery(bench.recordings()[0])


@every_signed_host
def test_a_good_signature_is_accepted(bench: Workbench) -> None:
    bench.host.verify(bench.sign(_first_recording(bench)), bench.installation(), now=NOON)


@every_signed_host
def test_a_missing_signature_is_refused(bench: Workbench) -> None:
    with pytest.raises(InvalidSignature):
        bench.host.verify(_first_recording(bench), bench.installation(), now=NOON)


@every_signed_host
def test_a_body_that_was_changed_is_refused(bench: Workbench) -> None:
    signed = bench.sign(_first_recording(bench))
    with pytest.raises(InvalidSignature):
        bench.host.verify(replace(signed, body=signed.body + b" "), bench.installation(), now=NOON)


@every_signed_host
def test_a_signature_that_was_changed_is_refused(bench: Workbench) -> None:
    plain = _first_recording(bench)
    signed = bench.sign(plain)
    for name in signed.headers.keys() - plain.headers.keys():
        for changed in (signed.headers[name][:-4] + "AAA=", "", "é", "v1,", "=" * 500):
            forged = replace(signed, headers={**signed.headers, name: changed})
            with pytest.raises(InvalidSignature):
                bench.host.verify(forged, bench.installation(), now=NOON)


@every_signed_host
def test_a_stale_signature_is_refused_where_times_are_signed(bench: Workbench) -> None:
    plain = _first_recording(bench)
    early, late = bench.sign(plain, at=NOON), bench.sign(plain, at=NOON + 3600)
    if early.headers == late.headers:
        return  # The host signs no time: only the key of the delivery tells a replay.
    for now in (NOON + 3600, NOON - 3600):
        with pytest.raises(InvalidSignature):
            bench.host.verify(early, bench.installation(), now=now)


@every_signed_host
def test_without_a_secret_nothing_is_accepted(bench: Workbench) -> None:
    signed = bench.sign(_first_recording(bench))
    with pytest.raises(InvalidSignature):
        bench.host.verify(signed, replace(bench.installation(), secrets={}), now=NOON)


# Publishing, against a real server.


def _publish(bench: Workbench, address: str, **options: Any) -> list[HostError | None]:
    """Return one outcome per result, however the adapter chose to say it."""
    results = bench.results()
    try:
        outcomes = bench.host.publish(results, bench.context(bench.installation(address), **options))
    except HostError as error:
        return [error] * len(results)
    assert len(outcomes) == len(results), "one answer for each result, in order"
    return list(outcomes)


@every_host
def test_a_host_that_is_well_holds_the_results(bench: Workbench) -> None:
    with serving(bench.answer) as server:
        assert _publish(bench, server.url) == [None] * len(bench.results())
    assert server.asked, "nothing was sent"


@every_host
def test_publishing_the_same_again_is_fine(bench: Workbench) -> None:
    with serving(bench.answer) as server:
        assert _publish(bench, server.url) == _publish(bench, server.url)


@every_host
def test_a_withdrawal_is_published_like_anything_else(bench: Workbench) -> None:
    results = [replace(result, payload=None, revision=result.revision + 1) for result in bench.results()]
    with serving(bench.answer) as server:
        outcomes = bench.host.publish(results, bench.context(bench.installation(server.url)))
    assert list(outcomes) == [None] * len(results)


@every_host
def test_publishing_nothing_is_nothing(bench: Workbench) -> None:
    with serving(bench.answer) as server:
        assert list(bench.host.publish([], bench.context(bench.installation(server.url)))) == []


def always(status: int, **headers: str) -> Callable[[Asked], Reply]:
    return lambda _: Reply(status, headers={name.replace("_", "-"): value for name, value in headers.items()})


@every_host
@pytest.mark.parametrize(
    ("status", "meaning"),
    [
        (500, HostUnavailable),
        (503, HostUnavailable),
        (429, HostUnavailable),
        (408, HostUnavailable),
        (401, HostUnauthorized),
        (403, HostUnauthorized),
        (400, HostRejected),
        (422, HostRejected),
    ],
)
def test_what_the_host_answers_decides_what_happens_next(
    bench: Workbench, status: int, meaning: type[HostError]
) -> None:
    with serving(always(status)) as server:
        outcomes = _publish(bench, server.url)
    assert {type(outcome) for outcome in outcomes} == {meaning}


@every_host
@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_handed_on(bench: Workbench, status: int) -> None:
    with serving(always(status, Retry_After="17")) as server:
        outcomes = _publish(bench, server.url)
    assert [getattr(outcome, "retry_after", None) for outcome in outcomes] == [17.0] * len(outcomes)


@every_host
def test_a_redirect_is_never_followed(bench: Workbench) -> None:
    with serving(bench.answer) as elsewhere, serving(always(307, Location=f"{elsewhere.url}/trap")) as server:
        outcomes = _publish(bench, server.url)
    assert not elsewhere.asked
    assert all(isinstance(outcome, HostError) for outcome in outcomes)


@every_host
def test_a_host_that_hangs_is_unavailable_and_holds_nobody_up(bench: Workbench) -> None:
    def hanging(_: Asked) -> Reply:
        time.sleep(3)
        return Reply()

    began = time.monotonic()
    with serving(hanging) as server:
        outcomes = _publish(bench, server.url, timeout=0.3)
        assert time.monotonic() - began < 2.5, "sent one after the other to a host that does not answer"
    assert {type(outcome) for outcome in outcomes} == {HostUnavailable}


@every_host
def test_a_host_that_nobody_runs_is_unavailable(bench: Workbench) -> None:
    outcomes = _publish(bench, f"http://127.0.0.1:{closed_port()}")
    assert {type(outcome) for outcome in outcomes} == {HostUnavailable}


@every_host
def test_a_private_address_that_was_not_allowed_is_not_reached(bench: Workbench) -> None:
    with serving(bench.answer) as server:
        installation = bench.installation(server.url)
        guarded = replace(bench.context(installation), http=outbound.Outbound(timeout=1.0))
        try:
            outcomes = list(bench.host.publish(bench.results(), guarded))
        except HostError as error:
            outcomes = [error]
    assert all(isinstance(outcome, HostError) for outcome in outcomes)
    assert not server.asked


# Reading from the host, and looking whether it is there.


@every_host
@pytest.mark.parametrize(("status", "meaning"), [(503, HostUnavailable), (401, HostUnauthorized)])
def test_checking_says_what_is_wrong(bench: Workbench, status: int, meaning: type[HostError]) -> None:
    with serving(always(status)) as server, pytest.raises(meaning):
        bench.host.check(bench.context(bench.installation(server.url)))


@every_host
def test_checking_says_in_one_line_that_all_is_well(bench: Workbench) -> None:
    with serving(bench.answer) as server:
        said = bench.host.check(bench.context(bench.installation(server.url)))
    assert said.strip()
    assert "\n" not in said


@every_host
@pytest.mark.parametrize(("status", "meaning"), [(503, HostUnavailable), (401, HostUnauthorized)])
def test_looking_up_and_reconciling_meet_errors_as_host_errors(
    bench: Workbench, status: int, meaning: type[HostError]
) -> None:
    hints = [
        item
        for path in bench.recordings()
        for item in _parsed(bench, bench.delivery(path))
        if isinstance(item, events.Hint)
    ]
    with serving(always(status)) as server:
        context = bench.context(bench.installation(server.url))
        for hint in hints:
            with pytest.raises(HostError):
                list(bench.host.fetch(hint, context))
        if bench.host.capabilities.reconcile_every is not None:
            with pytest.raises(meaning):
                list(bench.host.reconcile(None, context))


def _parsed(bench: Workbench, delivery: Delivery) -> list[Any]:
    try:
        return list(bench.host.parse(delivery, bench.installation()))
    except DeliveryError:
        return []


# What the operator sets.


@every_host
def test_an_installation_of_the_workbench_passes_its_own_schemas(bench: Workbench) -> None:
    installation = bench.installation()
    assert bench.host.configuration().validate(dict(installation.config)) == {}
    assert bench.host.secrets().validate(dict(installation.secrets)) == {}


@every_host
@given(given_values=st.dictionaries(st.text(max_size=20), json_values, max_size=4))
def test_whatever_is_configured_is_valid_or_a_validation_error(
    bench: Workbench, given_values: dict[str, Any]
) -> None:
    for schema in (bench.host.configuration(), bench.host.secrets()):
        assert isinstance(schema.validate(given_values), dict)


@every_host
def test_every_field_that_an_operator_sets_is_explained(bench: Workbench) -> None:
    for schema in (bench.host.configuration(), bench.host.secrets()):
        for name, field in schema.fields.items():
            if not field.metadata.get("description"):
                kindly(
                    f'{bench}: {type(schema).__name__}.{name} needs metadata={{"description": …}} for the operator'
                )
