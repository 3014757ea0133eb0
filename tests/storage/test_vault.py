"""Encryption of single fields."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.vault import Vault, VaultError

VAULT = Vault("a sample secret of forty characters or so")
TEXTS = st.text(st.characters(codec="utf-8"), max_size=200)


@given(TEXTS, st.text(st.characters(codec="utf-8"), max_size=40))
def test_what_was_sealed_opens_in_its_place_and_never_looks_the_same_twice(text: str, place: str) -> None:
    sealed = VAULT.seal(text, place)
    assert VAULT.open(sealed, place) == text
    assert sealed != VAULT.seal(text, place)
    assert sealed.isascii()


@given(TEXTS, st.integers(0, 1000), st.integers(1, 255))
def test_a_changed_byte_is_found(text: str, where: int, flip: int) -> None:
    sealed = bytearray(VAULT.seal(text, "here").encode())
    sealed[where % len(sealed)] ^= flip
    with pytest.raises((VaultError, UnicodeDecodeError)):
        VAULT.open(sealed.decode("utf-8"), "here")


@pytest.mark.parametrize(
    ("vault", "place"), [(VAULT, "elsewhere"), (Vault("another secret of forty characters or so"), "here")]
)
def test_another_place_or_key_opens_nothing(vault: Vault, place: str) -> None:
    with pytest.raises(VaultError):
        vault.open(VAULT.seal("token", "here"), place)


@pytest.mark.parametrize("rubbish", ["", "x", "AQ==", "Ả", "====", "AQ" * 40])
def test_rubbish_opens_nothing(rubbish: str) -> None:
    with pytest.raises(VaultError):
        VAULT.open(rubbish, "here")
