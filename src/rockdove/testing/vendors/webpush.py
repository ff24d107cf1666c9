"""A push service with the browsers behind it: what is posted is checked as the services do, then opened as browsers do.

`token` subscribes a browser under the application's VAPID key and gives the subscription as JSON; bad-… was subscribed
under another key. A real service answers 201 to what no browser can open; here it is refused, so that a test sees it.
"""

from __future__ import annotations

import base64
import hashlib
import re
import time
from typing import Any, ClassVar, NamedTuple

import jwt
import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from rockdove.testing.vendors.server import FakeVendor, Reply, Request, json_reply

MOST_BYTES = 4096
HEADER_BYTES = 86
DAY_SECONDS = 24 * 3600

_CURVE = ec.SECP256R1()
_PATH = "/push/"
_VAPID = re.compile(r"vapid\s+t=(?P<t>[\w.-]+)\s*,\s*k=(?P<k>[\w-]+)", re.IGNORECASE)
_TOPIC = re.compile(r"[A-Za-z0-9_-]{1,32}")
_OTHER_KEY = (
    b"the VAPID credentials in the authorization header do not correspond to the credentials used to create the "
    b"subscriptions.\n"
)


class Browser(NamedTuple):
    token: str
    key: ec.EllipticCurvePrivateKey
    public: bytes
    auth: bytes

    def open(self, body: bytes) -> bytes:
        """The text of a message (RFC 8291). Raises ValueError: it is not for this browser, or none."""
        salt, size, key_length = body[:16], int.from_bytes(body[16:20], "big"), body[20]
        if key_length != HEADER_BYTES - 21 or len(body) - HEADER_BYTES > size:
            raise ValueError("not one record with a public key in front")
        sender = body[21:HEADER_BYTES]
        shared = self.key.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, sender))
        secret = HKDF(SHA256(), 32, self.auth, b"WebPush: info\0" + self.public + sender).derive(shared)
        key = HKDF(SHA256(), 16, salt, b"Content-Encoding: aes128gcm\0").derive(secret)
        nonce = HKDF(SHA256(), 12, salt, b"Content-Encoding: nonce\0").derive(secret)
        try:
            padded = AESGCM(key).decrypt(nonce, body[HEADER_BYTES:], None).rstrip(b"\0")
        except InvalidTag:
            raise ValueError("it can't be decrypted") from None
        if padded[-1:] != b"\x02":
            raise ValueError("there is no delimiter behind the text")
        return padded[:-1]


class FakeWebPush(FakeVendor):
    name: ClassVar[str] = "webpush"
    http2: ClassVar[bool] = True

    def __init__(self) -> None:
        super().__init__()
        self.vapid_key = ec.generate_private_key(_CURVE)
        self.clock_ahead = 0.0
        """Seconds that the service's clock is before ours."""
        self.opened: dict[str, bytes] = {}
        """The last text each subscription's browser has read."""
        self._browsers: dict[str, Browser] = {}
        self._verified: dict[str, int] = {}
        """JWTs that were looked at, with their end: a service keeps them too."""

    def settings(self) -> dict[str, Any]:
        private = self.vapid_key.private_numbers().private_value.to_bytes(32, "big")
        return {"vapid_private_key": _text(private), "subject": "mailto:push@example.com", "server": self.origin}

    def token(self, kind: str, number: int) -> str:
        name = super().token(kind, number)
        if name not in self._browsers:
            self._browsers[name] = self._subscribe(name)
        return self._browsers[name].token

    def meaning(self, token: str) -> str:
        return str(msgspec.json.decode(token)["endpoint"]).rpartition("/")[2]

    def expire_credentials(self) -> None:
        """There are none that are fetched: each message proves itself."""

    def _subscribe(self, name: str) -> Browser:
        seed = hashlib.sha512(name.encode()).digest()
        key, auth = ec.derive_private_key(int.from_bytes(seed[:31], "big"), _CURVE), seed[32:48]
        public = _point(key)
        keys = {"p256dh": _text(public), "auth": _text(auth)}
        token = msgspec.json.encode({"endpoint": f"{self.origin}{_PATH}{name}", "expirationTime": None, "keys": keys})
        return Browser(token.decode(), key, public, auth)

    def handle(self, request: Request) -> Reply:
        browser = self._browsers.get(request.path.removeprefix(_PATH))
        if request.method != "POST" or browser is None:
            return json_reply({"code": 404, "errno": 102, "error": "Not Found"}, 404)
        return self._unauthorized(request) or _malformed(request) or self._deliver(browser, request.body)

    def _deliver(self, browser: Browser, body: bytes) -> Reply:
        try:
            text = browser.open(body)
        except ValueError as error:
            return json_reply({"code": 400, "errno": 110, "message": str(error)}, 400)
        match self.verdict(browser.token):
            case "ok":
                self.opened[browser.token] = text
                return Reply(201, b"", (("location", f"{self.origin}/message/{len(self.accepted)}"),))
            case "gone":
                return json_reply({"code": 410, "errno": 106, "error": "Gone"}, 410)
            case "retry":
                return Reply(429, b"", (("retry-after", "1"),))
        return Reply(403, _OTHER_KEY)

    def _unauthorized(self, request: Request) -> Reply | None:
        """As Apple says it; another application's key as FCM does."""
        given = _VAPID.fullmatch(request.headers.get("authorization", ""))
        if given is None:
            return Reply(401, b"", (("www-authenticate", "vapid"),))
        if given["k"] != _text(_point(self.vapid_key)):
            return Reply(403, _OTHER_KEY)
        now = time.time() + self.clock_ahead
        if given["t"] not in self._verified:
            try:
                claims = jwt.decode(
                    given["t"],
                    self.vapid_key.public_key(),
                    ["ES256"],
                    audience=self.origin,
                    options={"require": ["aud", "exp", "sub"], "verify_exp": False},
                )
            except jwt.InvalidTokenError:
                return json_reply({"reason": "BadJwtToken"}, 403)
            if not str(claims["sub"]).startswith(("mailto:", "https:")):
                return json_reply({"reason": "BadJwtToken"}, 403)
            self._verified[given["t"]] = claims["exp"]
        if not now < self._verified[given["t"]] <= now + DAY_SECONDS:
            return json_reply({"reason": "BadJwtToken"}, 403)
        return None


def _malformed(request: Request) -> Reply | None:
    headers, topic = request.headers, request.headers.get("topic", "")
    if not headers.get("ttl", "").isdigit():
        return json_reply({"reason": "BadTtl"}, 400)
    if headers.get("urgency", "normal") not in {"very-low", "low", "normal", "high"}:
        return json_reply({"reason": "BadUrgency"}, 400)
    if topic and (not _TOPIC.fullmatch(topic) or len(topic) % 4 == 1):
        return json_reply({"reason": "BadWebPushTopic"}, 400)
    if headers.get("content-encoding") != "aes128gcm" or len(request.body) <= HEADER_BYTES:
        return json_reply({"reason": "BadWebPushRequest"}, 400)
    return Reply(413) if len(request.body) > MOST_BYTES else None


def _point(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
