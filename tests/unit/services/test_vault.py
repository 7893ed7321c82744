"""What the vault keeps can be read with its keys alone, and outlives their rotation where it has to."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entremise.plugin.domain.errors import ConfigurationError
from entremise.plugin.services.vault import REMEMBERED, Vault

OLD, NEW = Vault.make_key(), Vault.make_key()


@given(
    st.dictionaries(st.text(), st.recursive(st.text() | st.integers(-(2**53), 2**53) | st.none(), st.lists))
)
def test_what_is_sealed_opens_again(document: dict[str, object]) -> None:
    sealed = Vault([NEW]).seal(document)
    assert Vault([NEW]).open(sealed) == document


def test_sealed_secrets_cannot_be_read_without_the_key() -> None:
    sealed = Vault([OLD]).seal({"password": "plain-to-see"})
    assert b"plain-to-see" not in sealed
    with pytest.raises(ConfigurationError, match="was a key dropped"):
        Vault([NEW]).open(sealed)


def test_a_key_in_front_seals_while_all_open_and_resealing_sets_the_old_one_free() -> None:
    sealed = Vault([OLD]).seal({"a": 1})
    both = Vault([NEW, OLD])
    assert both.open(sealed) == {"a": 1}
    assert Vault([NEW]).open(both.reseal(sealed)) == {"a": 1}


def test_a_tampered_seal_does_not_open() -> None:
    vault = Vault([NEW])
    sealed = bytearray(vault.seal({"a": 1}))
    sealed[20] ^= 1
    with pytest.raises(ConfigurationError):
        vault.open(bytes(sealed))


def test_tombstones_outlive_a_key_that_is_added_in_front() -> None:
    assert Vault([OLD]).digest("i", "person") == Vault([NEW, OLD]).digest("i", "person")
    assert Vault([OLD]).digest("i", "person") != Vault([NEW]).digest("i", "person")


@given(st.lists(st.tuples(st.text(max_size=5), st.text(max_size=5)), min_size=2, max_size=2, unique=True))
def test_digests_tell_people_and_installations_apart(people: list[tuple[str, str]]) -> None:
    vault = Vault([OLD])
    # An installation's id holds no NUL, which is what stands between it and the person.
    first, second = ((installation.replace("\0", ""), ref) for installation, ref in people)
    if first != second:
        assert vault.digest(*first) != vault.digest(*second)


def test_a_token_is_stored_as_a_hash_that_needs_no_key() -> None:
    assert Vault([OLD]).hash_token("entremise_x") == Vault([NEW]).hash_token("entremise_x")
    assert Vault([OLD]).hash_token("entremise_x") != Vault([OLD]).hash_token("entremise_y")


def test_changing_what_was_opened_changes_nothing_that_is_remembered() -> None:
    vault = Vault([OLD])
    sealed = vault.seal({"list": [1]})
    vault.open(sealed)["list"].append(2)
    assert vault.open(sealed) == {"list": [1]}
    for number in range(REMEMBERED + 5):
        vault.open(vault.seal({"n": number}))
    assert vault.open(sealed) == {"list": [1]}


@pytest.mark.parametrize("keys", [(), ("",), ("short",), ("é" * 44,)])
def test_keys_that_are_none_are_refused_with_what_to_do(keys: tuple[str, ...]) -> None:
    with pytest.raises(ConfigurationError, match="ENTREMISE_SECRET_KEY"):
        Vault(keys)
