"""Secrets at rest: only the key opens them, and only where they belong."""

from __future__ import annotations

import pytest

from rockdove.storage.vault import SealedError, Vault, VaultKeyError

KEY, OTHER = "1f" * 32, "2e" * 32


def test_what_is_sealed_opens_again_and_shows_nothing() -> None:
    vault = Vault(KEY)
    sealed = vault.seal(b"app secret", "xm of 1")
    assert vault.open(sealed, "xm of 1") == b"app secret"
    assert b"secret" not in sealed
    assert vault.seal(b"app secret", "xm of 1") != sealed, "two rows with the same secret don't show that they have it"


def test_another_key_is_told_apart_from_a_changed_text() -> None:
    sealed = Vault(KEY).seal(b"app secret", "xm of 1")
    with pytest.raises(SealedError, match="another key"):
        Vault(OTHER).open(sealed, "xm of 1")
    with pytest.raises(SealedError, match="changed"):
        Vault(KEY).open(sealed[:-1] + bytes([sealed[-1] ^ 1]), "xm of 1")


def test_a_secret_moved_to_another_row_does_not_open() -> None:
    vault = Vault(KEY)
    with pytest.raises(SealedError):
        vault.open(vault.seal(b"app secret", "xm of 1"), "xm of 2")


@pytest.mark.parametrize("key", ["", "1f", "z" * 64, "1f" * 31])
def test_what_is_no_key_is_refused(key: str) -> None:
    with pytest.raises(VaultKeyError, match="64 hexadecimal"):
        Vault(key)


def test_a_tag_depends_on_key_and_purpose() -> None:
    assert Vault(KEY).tag("a") == Vault(KEY).tag("a")
    assert len({Vault(KEY).tag("a"), Vault(KEY).tag("b"), Vault(OTHER).tag("a")}) == 3
