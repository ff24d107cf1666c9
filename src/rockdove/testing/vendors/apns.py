"""Apple's push server, as its documentation describes it and foreign clients expect it.

Device tokens are hexadecimal: `token` spells ok-7 so. Two teams have an app here, each with its own key; the first one
also has a certificate.
"""

from __future__ import annotations

import base64
import re
import time
from typing import Any, ClassVar, NamedTuple

import jwt
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
    pkcs12,
)

from rockdove.testing.vendors import certificates
from rockdove.testing.vendors.server import FakeVendor, Reply, Request, json_reply

MOST_BYTES = 4096
TOKEN_LIFE_SECONDS = 60 * 60
TOKEN_PAUSE_SECONDS = 20 * 60
PUSH_TYPES = {
    "alert", "background", "complication", "controls", "fileprovider", "liveactivity", "location", "mdm", "pushtotalk",
    "voip", "widgets",
}  # fmt: skip
CERTIFICATE_PASSWORD = "exported"

_DEVICE = re.compile(r"/3/device/([^/]*)")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_HEX = re.compile(r"([0-9a-fA-F]{2}){32,100}")
_NOBODY = re.compile(r"0+")


class Team(NamedTuple):
    team_id: str
    key_id: str
    bundle_id: str
    key: ec.EllipticCurvePrivateKey

    @property
    def p8(self) -> str:
        """The key's file, as Apple gives it."""
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()

    def settings(self) -> dict[str, Any]:
        return {"bundle_id": self.bundle_id, "team_id": self.team_id, "key_id": self.key_id, "key": self.p8}


def p12(common_name: str, *, expired: bool = False, password: str = CERTIFICATE_PASSWORD) -> str:
    """A certificate with its key as the file a Mac exports, in base64."""
    given = certificates.client_certificate(common_name, expired=expired)
    key: Any = load_pem_private_key(given.key, None)
    certificate = x509.load_pem_x509_certificate(given.certificate)
    encryption = BestAvailableEncryption(password.encode()) if password else NoEncryption()
    file = pkcs12.serialize_key_and_certificates(b"push", key, certificate, None, encryption)
    return base64.b64encode(file).decode()


class RefusedError(Exception):
    def __init__(self, status: int, reason: str, **more: Any) -> None:
        super().__init__(reason)
        self.reply = json_reply({"reason": reason, **more}, status)


class FakeApns(FakeVendor):
    name: ClassVar[str] = "apns"
    http1: ClassVar[bool] = False
    http2: ClassVar[bool] = True
    asks_for_certificate: ClassVar[bool] = True
    first_streams = 1

    def __init__(self) -> None:
        super().__init__()
        self.teams = (
            Team("TEAM000001", "KEY0000001", "com.example.shop", ec.generate_private_key(ec.SECP256R1())),
            Team("TEAM000002", "KEY0000002", "com.example.bank", ec.generate_private_key(ec.SECP256R1())),
        )
        self.clock_ahead = 0.0
        """Seconds that Apple's clock is before ours."""
        self.provider_tokens: list[str] = []
        """Good ones, in the order they came."""
        self._expired: set[str] = set()
        self._newest: dict[str, int] = {}
        """By team, when its token in use was minted; another one must be 20 minutes younger."""
        self._team_of: dict[int, str] = {}
        """By connection."""

    def settings(self) -> dict[str, Any]:
        return {**self.teams[0].settings(), **self._servers()}

    def other_team(self) -> dict[str, Any]:
        """Settings of another team's app."""
        return {**self.teams[1].settings(), **self._servers()}

    def with_certificate(self) -> dict[str, Any]:
        """Settings with a certificate in place of the key."""
        bundle_id = self.teams[0].bundle_id
        certificate = {"certificate": p12(bundle_id), "certificate_password": CERTIFICATE_PASSWORD}
        return {"bundle_id": bundle_id, **certificate, **self._servers()}

    def _servers(self) -> dict[str, str]:
        return {"server": self.origin, "sandbox_server": self.origin}

    def token(self, kind: str, number: int) -> str:
        return super().token(kind, number).encode().hex().ljust(64, "0")

    def meaning(self, token: str) -> str:
        return bytes.fromhex(token).rstrip(b"\0").decode("latin-1")

    def expire_credentials(self) -> None:
        """Provider tokens so far are no longer taken."""
        self._expired.update(self.provider_tokens)

    def signed_elsewhere(self) -> None:
        """The team has just come with a token of somebody else's."""
        self._newest[self.teams[0].team_id] = int(time.time() + self.clock_ahead)

    def throttled(self, request: Request) -> Reply:
        return json_reply({"reason": "TooManyRequests"}, 429)

    def handle(self, request: Request) -> Reply:
        apns_id = request.headers.get("apns-id", "")
        try:
            self._take(request)
            reply = Reply()
        except RefusedError as refused:
            reply = refused.reply
        return reply._replace(headers=(*reply.headers, ("apns-id", apns_id or "00000000-0000-0000-0000-000000000000")))

    def _take(self, request: Request) -> None:
        """Raises RefusedError."""
        found = _DEVICE.fullmatch(request.path)
        if found is None:
            raise RefusedError(404, "BadPath")
        if request.method != "POST":
            raise RefusedError(405, "MethodNotAllowed")
        self._check_topic(request, self._bundle_id(request))
        _check_headers(request)
        _check_payload(request)
        self._check_device(found[1])

    def _bundle_id(self, request: Request) -> str:
        """Of the app that the sender may push to."""
        if "authorization" in request.headers:
            return self._team(request).bundle_id
        if request.peer_certificate is None:
            raise RefusedError(403, "MissingProviderToken")
        return _common_name(request.peer_certificate)

    def _team(self, request: Request) -> Team:
        token = request.bearer
        team = next((team for team in self.teams if team.key_id == _kid(token)), None)
        claims = _claims(token, team) if team else None
        now = time.time() + self.clock_ahead
        if team is None or claims is None or claims["iss"] != team.team_id or claims["iat"] > now + 60:
            raise RefusedError(403, "InvalidProviderToken")
        if self._team_of.setdefault(request.connection, team.key_id) != team.key_id:
            raise RefusedError(403, "UnrelatedKeyIdInToken")
        if token in self._expired or claims["iat"] < now - TOKEN_LIFE_SECONDS:
            raise RefusedError(403, "ExpiredProviderToken")
        if token not in self.provider_tokens:
            if claims["iat"] < self._newest.get(team.team_id, 0) + TOKEN_PAUSE_SECONDS:
                raise RefusedError(429, "TooManyProviderTokenUpdates")
            self._newest[team.team_id] = claims["iat"]
            self.provider_tokens.append(token)
        return team

    def _check_topic(self, request: Request, bundle_id: str) -> None:
        topic = request.headers.get("apns-topic", "" if "authorization" in request.headers else bundle_id)
        if not topic:
            raise RefusedError(400, "MissingTopic")
        if topic != bundle_id:
            raise RefusedError(400, "TopicDisallowed")

    def _check_device(self, token: str) -> None:
        if not token:
            raise RefusedError(400, "MissingDeviceToken")
        if not _HEX.fullmatch(token) or _NOBODY.fullmatch(token):
            raise RefusedError(400, "BadDeviceToken")
        match self.verdict(token):
            case "bad":
                raise RefusedError(400, "DeviceTokenNotForTopic")
            case "gone":
                raise RefusedError(410, "Unregistered", timestamp=int(1000 * time.time()))
            case "retry":
                raise RefusedError(429, "TooManyRequests")


def _kid(token: str) -> str:
    try:
        return str(jwt.get_unverified_header(token).get("kid", ""))
    except jwt.PyJWTError:
        return ""


def _claims(token: str, team: Team) -> dict[str, Any] | None:
    """None: not signed with the team's key, or incomplete."""
    options: Any = {"require": ["iss", "iat"], "verify_iat": False}
    try:
        claims = jwt.decode(token, team.key.public_key(), algorithms=["ES256"], options=options)
    except jwt.PyJWTError:
        return None
    return claims if isinstance(claims["iat"], int) else None


def _common_name(certificate: bytes) -> str:
    (name,) = x509.load_der_x509_certificate(certificate).subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    return str(name.value)


def _check_headers(request: Request) -> None:
    """Raises RefusedError."""
    given = request.headers.get
    push_type, priority = given("apns-push-type", "alert"), given("apns-priority", "10")
    if not _UUID.fullmatch(given("apns-id", "00000000-0000-0000-0000-000000000000")):
        raise RefusedError(400, "BadMessageId")
    if len(given("apns-collapse-id", "").encode()) > 64:
        raise RefusedError(400, "BadCollapseId")
    if not given("apns-expiration", "0").isdigit():
        raise RefusedError(400, "BadExpirationDate")
    if push_type not in PUSH_TYPES:
        raise RefusedError(400, "InvalidPushType")
    if priority not in {"1", "5", "10"} or (push_type == "background" and priority == "10"):
        raise RefusedError(400, "BadPriority")


def _check_payload(request: Request) -> None:
    """Raises RefusedError."""
    if len(request.body) > MOST_BYTES:
        raise RefusedError(413, "PayloadTooLarge")
    payload = request.json()
    if not isinstance(payload, dict) or not isinstance(payload.get("aps"), dict):
        raise RefusedError(400, "PayloadEmpty")
