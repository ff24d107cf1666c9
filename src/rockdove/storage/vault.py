"""Secrets at rest: credentials at vendors are encrypted before they reach the database.

ChaCha20-Poly1305 under one key of 32 bytes, which lies in the data folder (or in `channels.secrets_key`) and never in
the database: a stolen dump gives nobody the right to push in our name. Each text is bound to what it is for, so it
can't be moved to another row. Sealed: 4 bytes of the key's fingerprint, 12 bytes of nonce, the rest.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

KEY_BYTES = 32
_FINGERPRINT, _NONCE = 4, 12


class SealedError(ValueError):
    """What was sealed can't be opened: it was sealed with another key, or changed."""


class VaultKeyError(ValueError):
    """That is no key."""


class Vault:
    """`key`: 64 hexadecimal digits. Raises VaultKeyError."""

    def __init__(self, key: str) -> None:
        try:
            raw = bytes.fromhex(key)
        except ValueError:
            raw = b""
        if len(raw) != KEY_BYTES:
            raise VaultKeyError("a key for secrets is 64 hexadecimal digits, as `openssl rand -hex 32` prints them")
        self._cipher, self._raw = ChaCha20Poly1305(raw), raw
        self._fingerprint = hashlib.sha256(b"rockdove vault" + raw).digest()[:_FINGERPRINT]

    def seal(self, text: bytes, purpose: str) -> bytes:
        nonce = secrets.token_bytes(_NONCE)
        return self._fingerprint + nonce + self._cipher.encrypt(nonce, text, purpose.encode())

    def open(self, sealed: bytes, purpose: str) -> bytes:
        """Raises SealedError."""
        if sealed[:_FINGERPRINT] != self._fingerprint:
            raise SealedError("sealed with another key: give this server the same channels.secrets_key as the others")
        nonce, rest = sealed[_FINGERPRINT : _FINGERPRINT + _NONCE], sealed[_FINGERPRINT + _NONCE :]
        try:
            return self._cipher.decrypt(nonce, rest, purpose.encode())
        except InvalidTag:
            raise SealedError(f"what is stored for {purpose} was changed by somebody else") from None

    def tag(self, purpose: str) -> str:
        """20 hexadecimal digits that nobody without the key can guess: for addresses that only one party is told."""
        return hmac.digest(self._raw, b"tag " + purpose.encode(), "sha256").hex()[:20]
