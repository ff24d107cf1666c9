"""Message encryption for Web Push (RFC 8291): what the push service carries and only the browser can read.

    shared  = ECDH(our key of this message, the browser's key)
    input   = HKDF(salt: the browser's `auth`, shared, "WebPush: info" 0 its key, our key)
    key     = HKDF(salt: random, input, "Content-Encoding: aes128gcm" 0)       16 bytes
    nonce   = HKDF(salt: random, input, "Content-Encoding: nonce" 0)           12 bytes
    body    = salt, record size, our public key | AES-128-GCM(text, 2)         one record (RFC 8188)

Nothing is shared between devices. §3.1 wants a new key pair of ours for each message, and a message goes to one
subscription; with one key for many devices, their push services could tell that they were sent the same. It would save
12 µs of some 55 µs, of which the Diffie-Hellman takes 32. Threads don't help: cryptography keeps the GIL.
"""

from __future__ import annotations

import hmac
import os

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from rockdove.channels.push_subscription import PushSubscription

BODY_BYTES = 4096
"""A push service need not take more (RFC 8030 §7.2)."""
SALT_BYTES = 16
HEADER_BYTES = SALT_BYTES + 4 + 1 + 65
PLAINTEXT_BYTES = BODY_BYTES - HEADER_BYTES - 1 - 16
"""3993: after the header, the delimiter and the authentication tag."""

_CURVE = ec.SECP256R1()
_RECORD_SIZE_AND_KEY_LENGTH = BODY_BYTES.to_bytes(4, "big") + bytes([65])


def encrypt(plaintext: bytes, subscription: PushSubscription) -> bytes:
    """The body to post, at most BODY_BYTES. Raises SubscriptionError for a key that is none."""
    return seal(plaintext, subscription, ec.generate_private_key(_CURVE), os.urandom(SALT_BYTES))


def seal(plaintext: bytes, subscription: PushSubscription, own: ec.EllipticCurvePrivateKey, salt: bytes) -> bytes:
    """`own` and `salt` are for this one message."""
    if len(plaintext) > PLAINTEXT_BYTES:
        raise ValueError(f"a message of Web Push has at most {PLAINTEXT_BYTES} bytes")
    public = point(own.public_key())
    shared = own.exchange(ec.ECDH(), subscription.public_key())
    keys = b"WebPush: info\0" + subscription.key + public
    secret = hkdf_extract(salt, hkdf_expand(hkdf_extract(subscription.auth, shared), keys))
    key = hkdf_expand(secret, b"Content-Encoding: aes128gcm\0")[:16]
    nonce = hkdf_expand(secret, b"Content-Encoding: nonce\0")[:12]
    return salt + _RECORD_SIZE_AND_KEY_LENGTH + public + AESGCM(key).encrypt(nonce, plaintext + b"\x02", None)


def point(key: ec.EllipticCurvePublicKey) -> bytes:
    """Uncompressed, 65 bytes."""
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def hkdf_extract(salt: bytes, secret: bytes) -> bytes:
    """HKDF-Extract with SHA-256 (RFC 5869)."""
    return hmac.digest(salt, secret, "sha256")


def hkdf_expand(secret: bytes, info: bytes) -> bytes:
    """HKDF-Expand to the 32 bytes of its first block; no more is ever needed here."""
    return hmac.digest(secret, info + b"\x01", "sha256")
