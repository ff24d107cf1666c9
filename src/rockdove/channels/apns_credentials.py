"""How an application shows Apple who it is: by tokens signed with a key, or by a certificate.

Apple documentation: "Establishing a token-based connection to APNs", "Establishing a certificate-based connection to
APNs". A token is good for 20 to 60 minutes: with an older one requests are refused, and so they are, all of the team's,
when tokens are made more often. So time is cut into pieces of 40 minutes with one token each: whoever signs in the same
piece (another installation with the same key, a test of the credentials) gets the same one, letter by letter.
"""

from __future__ import annotations

import base64
import binascii
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Final

import msgspec
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
    pkcs12,
)
from msgspec import Meta

from rockdove.channels.http import Certificate
from rockdove.channels.provider import CredentialFaultError
from rockdove.channels.settings import Address, Advanced, ChannelSettings, Secret, SecretFile
from rockdove.channels.tokens import Token

TOKEN_SECONDS: Final = 40 * 60
OVERLAP: Final = timedelta(minutes=2)
"""A token outlives its time: `tokens` fetches a minute before the end, and the next piece has begun by then."""


class ApnsSettings(ChannelSettings, frozen=True, kw_only=True):
    bundle_id: Annotated[
        str, Meta(title="Bundle ID", description="Of the app, as in Xcode: com.example.app.", pattern=r"^[\w.-]+$")
    ]
    team_id: Annotated[
        str, Meta(title="Team ID", description="With a key: ten characters, developer.apple.com, Membership details.")
    ] = ""
    key_id: Annotated[
        str, Meta(title="Key ID", description="With a key: ten characters, Certificates, Identifiers & Profiles, Keys.")
    ] = ""
    key: Annotated[
        SecretFile, Meta(title="Key (.p8)", description="AuthKey_….p8 of that key, which Apple lets you load once.")
    ] = ""
    certificate: Annotated[
        SecretFile,
        Meta(
            title="Certificate (.p12)",
            description="Without Team ID and Key ID: the app's push certificate and its key.",
        ),
    ] = ""
    certificate_password: Annotated[
        Secret, Meta(title="Certificate password", description="Chosen when the .p12 was exported; empty: none.")
    ] = ""
    sandbox_server: Annotated[
        Address,
        Advanced,
        Meta(title="Sandbox server", description="https://host[:port] in place of Apple's, for environment dev."),
    ] = ""


@dataclass(frozen=True, slots=True)
class SigningKey:
    private: ec.EllipticCurvePrivateKey
    key_id: str
    team_id: str

    async def mint(self) -> Token:
        return self.token_at(time.time())

    def token_at(self, now: float) -> Token:
        issued_at = int(now) // TOKEN_SECONDS * TOKEN_SECONDS
        parts = ({"alg": "ES256", "kid": self.key_id}, {"iss": self.team_id, "iat": issued_at})
        text = b".".join(_packed(msgspec.json.encode(part)) for part in parts)
        ends = datetime.fromtimestamp(issued_at + TOKEN_SECONDS, UTC) + OVERLAP
        return Token((text + b"." + _packed(self._signature(text))).decode(), ends)

    def _signature(self, text: bytes) -> bytes:
        """Without the usual random part, or there would be as many tokens as there are signers."""
        algorithm = ec.ECDSA(hashes.SHA256(), deterministic_signing=True)
        return b"".join(half.to_bytes(32, "big") for half in decode_dss_signature(self.private.sign(text, algorithm)))


def _packed(raw: bytes) -> bytes:
    return base64.urlsafe_b64encode(raw).rstrip(b"=")


@dataclass(frozen=True, slots=True)
class PushCertificate:
    pem: Certificate
    expires_at: datetime


def credentials(settings: ApnsSettings) -> SigningKey | PushCertificate:
    """The key where a team or key is named: secrets stay when they are left out, so a certificate may be left over.

    Raises CredentialFaultError.
    """
    ids = {"Team ID": settings.team_id.strip(), "Key ID": settings.key_id.strip()}
    if not any(ids.values()):
        if not settings.certificate:
            raise CredentialFaultError("Team ID, Key ID and Key (.p8) are needed, or a Certificate (.p12)")
        return _certificate(settings)
    if missing := [title for title, value in (ids | {"Key (.p8)": settings.key}).items() if not value]:
        raise CredentialFaultError(f"missing: {', '.join(missing)}")
    return SigningKey(_private_key(settings.key), ids["Key ID"], ids["Team ID"])


def certificate_end(settings: ApnsSettings) -> datetime | None:
    """None: a key has none. Raises CredentialFaultError."""
    shown = credentials(settings)
    return shown.expires_at if isinstance(shown, PushCertificate) else None


def _private_key(text: str) -> ec.EllipticCurvePrivateKey:
    try:
        key = load_pem_private_key(text.strip().encode(), None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise CredentialFaultError(
            "Key (.p8): not the file Apple gave, which starts -----BEGIN PRIVATE KEY-----"
        ) from None
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise CredentialFaultError("Key (.p8): not a key for APNs, which is an elliptic curve key on P-256")
    return key


def _certificate(settings: ApnsSettings) -> PushCertificate:
    try:
        file = base64.b64decode("".join(settings.certificate.split()), validate=True)
    except (binascii.Error, ValueError):
        raise CredentialFaultError("Certificate (.p12): not the file in base64") from None
    try:
        bundle = pkcs12.load_pkcs12(file, settings.certificate_password.encode() or None)
    except (ValueError, UnsupportedAlgorithm):
        raise CredentialFaultError("Certificate (.p12): not a .p12 file, or another Certificate password") from None
    if bundle.cert is None or bundle.key is None:
        raise CredentialFaultError("Certificate (.p12): export the certificate together with its private key")
    expires_at = bundle.cert.certificate.not_valid_after_utc
    if expires_at <= datetime.now(UTC):
        raise CredentialFaultError(f"Certificate (.p12): expired on {expires_at:%Y-%m-%d}")
    chain = [bundle.cert, *bundle.additional_certs]
    pem = b"".join(each.certificate.public_bytes(Encoding.PEM) for each in chain)
    key = bundle.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return PushCertificate(Certificate(certificate=pem, key=key), expires_at)
