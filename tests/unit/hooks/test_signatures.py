"""Signatures, held against known answers and against an independent implementation."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac

import pytest
import standardwebhooks
from hypothesis import given
from hypothesis import strategies as st

from entremise.hooks import signatures
from entremise.plugin.domain.errors import ConfigurationError, InvalidSignature

BODY = '{"id":"e1","type":"registration","name":"Ana É","n":1}'.encode()
MOMENT = "1735689600"
NOW = 1735689600.0
PLAIN = b"test-secret"
WHSEC = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
OTHER = signatures.new_secret()


def test_the_known_body_is_the_known_body() -> None:
    assert (
        hashlib.sha256(BODY).hexdigest() == "267a3b0662611fb87c221ed8a78d6b3f7bc4902fca4324be7678b874c6fbd3ae"
    )


def test_base64_of_the_raw_body_as_tito_signs() -> None:
    expected = "gqCfvuMApRyf5Z4ePqoRw0RLJquiX/6+jCsnUE6f2Qg="
    assert signatures.hmac_base64(PLAIN, BODY) == expected
    signatures.verify_base64([b"older", PLAIN], expected, BODY)


def test_hexadecimal_of_the_raw_body_as_hi_events_signs() -> None:
    expected = "82a09fbee300a51c9fe59e1e3eaa11c3444b26aba25ffebe8c2b27504e9fd908"
    assert signatures.hmac_hex(PLAIN, BODY) == expected
    signatures.verify_hex([PLAIN], expected.upper(), BODY)


def test_time_and_body_without_separator_as_ticket_tailor_signs() -> None:
    header = "t=1735689600,v1=910ac706a2bb39d116da8517816cbd535e12bf8043d21bbeb3c9ed72a755d12d"
    signatures.verify_stamped([PLAIN], header, BODY, separator=b"", now=NOW)
    turned = ", ".join(reversed(header.split(",")))
    signatures.verify_stamped([PLAIN], turned, BODY, separator=b"", now=NOW)


def test_time_and_body_with_a_dot_as_luma_signs() -> None:
    header = "t=1735689600,v1=2ff5ef2703f1b56723e40ded6d6b95354c7f539ae3ac7d09552463c50e580d56"
    signatures.verify_stamped([b"whsec_test_secret"], header, BODY, separator=b".", now=NOW)
    with pytest.raises(InvalidSignature):
        signatures.verify_stamped([b"whsec_test_secret"], header, BODY, separator=b"", now=NOW)


def test_version_time_and_body_as_zoom_signs() -> None:
    given_header = "v0=c00183cbcef0e0fcacdab7a4d35677a14dcd1c0bd736c850e12b08958b9c30ef"
    signatures.verify_hex([PLAIN], given_header.removeprefix("v0="), b"v0:" + MOMENT.encode() + b":" + BODY)
    challenge = "796766acab38b00f96d4404fed5a90816de8684f8c3346e27650a8307426db18"
    assert signatures.hmac_hex(PLAIN, b"plain-token-1") == challenge


def test_standard_webhooks_give_the_known_answer() -> None:
    headers = signatures.sign([WHSEC], "msg_1", NOW, BODY)
    assert headers["webhook-signature"] == "v1,FRr5tXu3kiJLQjIjMA8qI4Rl4JlVfYAcjiXPGhPPsIU="
    signatures.verify([WHSEC], headers, BODY, now=NOW)


@given(body=st.binary(max_size=200), identifier=st.text("abc_-.", min_size=1, max_size=20))
def test_what_we_sign_an_independent_receiver_accepts(body: bytes, identifier: str) -> None:
    now = dt.datetime.now(dt.UTC).timestamp()
    text = f'"{body.hex()}"'
    headers = signatures.sign([OTHER, WHSEC], identifier, now, text.encode())
    assert standardwebhooks.Webhook(WHSEC).verify(text, headers) == body.hex()


@given(body=st.text(max_size=100), identifier=st.text("abc_-.", min_size=1, max_size=20))
def test_what_an_independent_sender_signs_we_accept(body: str, identifier: str) -> None:
    moment = dt.datetime.fromtimestamp(NOW, dt.UTC)
    signature = standardwebhooks.Webhook(WHSEC).sign(identifier, moment, body)
    headers = {"webhook-id": identifier, "webhook-timestamp": MOMENT, "webhook-signature": signature}
    signatures.verify([OTHER, WHSEC], headers, body.encode(), now=NOW)


def test_either_secret_is_good_while_they_rotate() -> None:
    both = signatures.sign([OTHER, WHSEC], "m", NOW, BODY)
    signatures.verify([WHSEC], both, BODY, now=NOW)
    signatures.verify([OTHER], both, BODY, now=NOW)
    with pytest.raises(InvalidSignature):
        signatures.verify([signatures.new_secret()], both, BODY, now=NOW)


@pytest.mark.parametrize("missing", ["webhook-id", "webhook-timestamp", "webhook-signature"])
def test_every_header_is_needed(missing: str) -> None:
    headers = signatures.sign([WHSEC], "m", NOW, BODY)
    del headers[missing]
    with pytest.raises(InvalidSignature):
        signatures.verify([WHSEC], headers, BODY, now=NOW)


@pytest.mark.parametrize("seconds", [-301, 301, 86_400])
def test_a_signature_is_good_for_five_minutes_only(seconds: float) -> None:
    headers = signatures.sign([WHSEC], "m", NOW, BODY)
    signatures.verify([WHSEC], headers, BODY, now=NOW + 299)
    with pytest.raises(InvalidSignature):
        signatures.verify([WHSEC], headers, BODY, now=NOW + seconds)


@pytest.mark.parametrize("moment", ["", "-5", "1735689600.5", "1e9", "١٧٣٥٦٨٩٦٠٠", "9" * 400, "soon"])
def test_a_time_that_is_no_number_of_seconds_is_refused(moment: str) -> None:
    headers = signatures.sign([WHSEC], "m", NOW, BODY) | {"webhook-timestamp": moment}
    with pytest.raises(InvalidSignature):
        signatures.verify([WHSEC], headers, BODY, now=NOW)


@given(
    header=st.text(max_size=300),
    identifier=st.text(min_size=1, max_size=20),
    body=st.binary(max_size=50),
)
def test_nothing_in_a_header_raises_anything_else(header: str, identifier: str, body: bytes) -> None:
    headers = {"webhook-id": identifier, "webhook-timestamp": MOMENT, "webhook-signature": "v1," + header}
    with pytest.raises(InvalidSignature):
        signatures.verify([WHSEC], headers, body, now=NOW)
    with pytest.raises(InvalidSignature):
        signatures.verify_stamped([PLAIN], f"t={MOMENT},v1={header}", body, separator=b".", now=NOW)


def test_an_asymmetric_or_unknown_signature_scheme_does_not_count() -> None:
    right = hmac.digest(signatures.secret_bytes(WHSEC), b"m." + MOMENT.encode() + b"." + BODY, "sha256").hex()
    headers = {"webhook-id": "m", "webhook-timestamp": MOMENT, "webhook-signature": f"v1a,{right} v2,{right}"}
    with pytest.raises(InvalidSignature):
        signatures.verify([WHSEC], headers, BODY, now=NOW)


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_short", "AAEC" * 12, "whsec_" + "é" * 40])
def test_a_malformed_secret_is_named_without_being_shown(secret: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        signatures.secret_bytes(secret)
    assert not secret or secret not in str(caught.value).replace("whsec_ followed", "")


def test_new_secrets_are_well_formed_and_all_different() -> None:
    made = {signatures.new_secret() for _ in range(50)}
    assert len(made) == 50
    assert {len(signatures.secret_bytes(one)) for one in made} == {32}
