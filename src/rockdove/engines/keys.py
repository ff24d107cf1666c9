"""NATS keys: Ed25519 key pairs, and the identity of the embedded server made of them.

A public key is text: base32 without padding of a prefix byte, the 32 bytes of the key, and their CRC-16/XMODEM,
little-endian. The prefix makes the first letter: O operator, A account, U user. Seeds begin with S and that letter.
"""

from __future__ import annotations

import base64
import binascii
import secrets
from pathlib import Path
from typing import NamedTuple

import msgspec
import nkeys

from rockdove.engines.data_folder import write_atomically
from rockdove.engines.errors import CredentialError, DataFolderError

KEY_BYTES = 32


def key_pair(seed: str) -> nkeys.KeyPair:
    """From its seed (SO…, SA…, SU…). Raises CredentialError when the text is no seed."""
    try:
        text = seed.strip().encode("ascii")
        prefix, raw = nkeys.decode_seed(text)
        if nkeys.encode_seed(raw, prefix) == text:
            return nkeys.from_seed(text)
    except (nkeys.NkeysError, ValueError, IndexError):
        pass
    raise CredentialError("not a NATS seed (58 letters and digits that begin with S)")


def public_key(pair: nkeys.KeyPair) -> str:
    """O…, A… or U…: 56 letters and digits."""
    text: bytes = pair.public_key
    return text.decode()


def new_user() -> nkeys.KeyPair:
    return _new(nkeys.PREFIX_BYTE_USER)


def user_key_of(raw: bytes) -> str:
    """32 bytes as the public key of a user."""
    body = bytes([nkeys.PREFIX_BYTE_USER]) + raw
    return base64.b32encode(body + binascii.crc_hqx(body, 0).to_bytes(2, "little")).decode().rstrip("=")


def _new(prefix: int) -> nkeys.KeyPair:
    return nkeys.from_seed(nkeys.encode_seed(secrets.token_bytes(KEY_BYTES), prefix))


class Identity(NamedTuple):
    """Who the embedded server is: it trusts the operator, who signs the accounts, who sign their users."""

    operator: nkeys.KeyPair
    system_account: nkeys.KeyPair
    system_user: nkeys.KeyPair
    account: nkeys.KeyPair
    """The account that devices and our own processes live in."""


_PREFIXES = Identity(
    nkeys.PREFIX_BYTE_OPERATOR, nkeys.PREFIX_BYTE_ACCOUNT, nkeys.PREFIX_BYTE_USER, nkeys.PREFIX_BYTE_ACCOUNT
)


class _Seeds(msgspec.Struct, forbid_unknown_fields=True):
    operator: str
    system_account: str
    system_user: str
    account: str


def load_or_create_identity(file: Path) -> Identity:
    """Made once: devices that hold a token of a lost identity have to register again.

    Raises DataFolderError when the file is there and can't be read as an identity.
    """
    if not file.exists():
        identity = Identity(*map(_new, _PREFIXES))
        seeds = _Seeds(*(pair.seed.decode() for pair in identity))
        write_atomically(file, msgspec.json.format(msgspec.json.encode(seeds)), 0o600)
        return identity
    try:
        stored = msgspec.json.decode(file.read_bytes(), type=_Seeds)
        return Identity(*map(key_pair, msgspec.structs.astuple(stored)))
    except (OSError, msgspec.DecodeError, CredentialError) as error:
        raise DataFolderError(f"{file} can't be used ({error}): restore it from a backup") from None
