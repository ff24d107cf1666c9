"""Who we are to Google: a service account's key, and the access tokens it is exchanged for.

Google documentation: "Using OAuth 2.0 for server to server applications".
"""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime, timedelta
from typing import Annotated, Final
from urllib.parse import urlencode

import jwt
import msgspec
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from msgspec import Meta

from rockdove.channels.channel import ChannelAwayError, ChannelStoppedError
from rockdove.channels.http import HttpError
from rockdove.channels.provider import Connections, CredentialFaultError
from rockdove.channels.settings import ChannelSettings, Count, SecretFile
from rockdove.channels.tokens import Token

HOST: Final = "https://oauth2.googleapis.com"
SCOPE: Final = "https://www.googleapis.com/auth/firebase.messaging"
REFUSED_SECONDS: Final = 60.0


class FcmSettings(ChannelSettings, frozen=True, kw_only=True):
    service_account: Annotated[
        SecretFile,
        Meta(
            title="Service account key",
            description="The JSON file from the Firebase console, Project settings, Service accounts, Generate new "
            "private key.",
        ),
    ]
    package_name: Annotated[
        str, Meta(title="Package name", description="Only devices of this app take the message. Empty: any.")
    ] = ""
    devices_per_second: Annotated[
        Count,
        Meta(
            title="Devices per second",
            description="600,000 messages a minute and project, unless Google gave you more; 0: no limit.",
        ),
    ] = 10_000


class ServiceAccount(msgspec.Struct, frozen=True):
    """What we need of the file."""

    type: str
    project_id: str
    private_key_id: str
    private_key: str
    client_email: str


class _Granted(msgspec.Struct, frozen=True):
    access_token: str = ""
    expires_in: float = 3600
    error: str = ""
    error_description: str = ""


class Access:
    """Access tokens for a service account: a JWT signed with its key is exchanged for one that lasts an hour."""

    def __init__(self, settings: FcmSettings, connections: Connections) -> None:
        self.account, self._key = read_account(settings.service_account)
        self._server = connections.sender.server(settings.server or HOST, proxy=settings.proxy)

    async def fetch(self) -> Token:
        """Raises ChannelAwayError, ChannelStoppedError."""
        grant = {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": self._assertion()}
        try:
            answer = await self._server.post("/token", urlencode(grant).encode())
        except HttpError as error:
            raise ChannelAwayError(str(error)) from error
        try:
            said = msgspec.json.decode(answer.body, type=_Granted)
        except msgspec.DecodeError:
            said = _Granted()
        if answer.status == 200 and said.access_token:
            return Token(said.access_token, datetime.now(UTC) + timedelta(seconds=said.expires_in))
        if answer.status in {400, 401, 403}:
            words = said.error_description or said.error or f"HTTP {answer.status}"
            raise ChannelStoppedError(f"Google refuses the service account key: {words}", REFUSED_SECONDS)
        raise ChannelAwayError(f"{self._server.origin}: HTTP {answer.status} instead of an access token")

    def _assertion(self) -> str:
        now = int(time.time())
        claims = {
            "iss": self.account.client_email,
            "scope": SCOPE,
            "aud": f"{HOST}/token",
            "iat": now,
            "exp": now + 3600,
        }
        return jwt.encode(claims, self._key, "RS256", {"kid": self.account.private_key_id})


def read_account(text: str) -> tuple[ServiceAccount, RSAPrivateKey]:
    """Raises CredentialFaultError."""
    try:
        account = msgspec.json.decode(text, type=ServiceAccount)
        key = load_pem_private_key(account.private_key.encode(), None)
    except msgspec.DecodeError as error:
        raise CredentialFaultError(f"Service account key: not the JSON file from Firebase: {error}") from None
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise CredentialFaultError(
            "Service account key: its private_key can't be read; download the file anew"
        ) from None
    if account.type != "service_account" or not isinstance(key, RSAPrivateKey):
        raise CredentialFaultError("Service account key: this is another kind of file (google-services.json?)")
    if not re.fullmatch(r"[A-Za-z0-9:.-]+", account.project_id):
        raise CredentialFaultError("Service account key: its project_id is none")
    return account, key
