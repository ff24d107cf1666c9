"""FCM's server (HTTP v1) and Google's that exchanges a signed JWT for an access token, in one."""

from __future__ import annotations

import re
from functools import cache
from typing import Any, ClassVar

import jwt
import msgspec
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from rockdove.testing.vendors.server import FakeVendor, Reply, Request, json_reply

PROJECT = "example-shop"
EMAIL = "firebase-adminsdk@example-shop.iam.gserviceaccount.com"
PACKAGE = "com.example.shop"
MOST_BYTES = 4096
LONGEST_TTL = 2_419_200

_FCM_ERROR = "type.googleapis.com/google.firebase.fcm.v1.FcmError"
_BAD_REQUEST = "type.googleapis.com/google.rpc.BadRequest"
_MESSAGE = {"token", "fid", "notification", "data", "android", "fcm_options"}
_NOTIFICATION = {"title", "body", "image"}
_ANDROID = {"collapse_key", "priority", "ttl", "restricted_package_name", "notification", "data", "fcm_options"}
_ANDROID_NOTIFICATION = {
    "title", "body", "icon", "color", "sound", "tag", "click_action", "channel_id", "ticker", "sticky", "image",
    "default_sound", "default_vibrate_timings", "default_light_settings", "notification_count", "visibility",
}  # fmt: skip


@cache
def signing_key(name: str) -> rsa.RSAPrivateKey:
    """Of a service account: making one takes a moment."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def service_account(name: str = EMAIL, **changed: str) -> str:
    """The file that Firebase hands out."""
    key = signing_key(name).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    content = {
        "type": "service_account",
        "project_id": PROJECT,
        "private_key_id": "0123456789abcdef",
        "private_key": key,
        "client_email": EMAIL,
        "client_id": "1234567890",
        "auth_uri": "https://accounts.google.com/o/oauth2/auth",
        "token_uri": "https://oauth2.googleapis.com/token",
    }
    return msgspec.json.encode(content | changed).decode()


class FakeFcm(FakeVendor):
    name: ClassVar[str] = "fcm"
    http2: ClassVar[bool] = True
    spared_paths: ClassVar[frozenset[str]] = frozenset({"/token"})
    max_streams: int = 100

    def settings(self) -> dict[str, Any]:
        return {"service_account": service_account(), "package_name": PACKAGE, "server": self.origin}

    def handle(self, request: Request) -> Reply:
        if request.path == "/token":
            return self._access(request)
        if request.method != "POST" or not (found := re.fullmatch(r"/v1/projects/(.+)/messages:send", request.path)):
            return Reply(404, b"<html>Not Found</html>", (("content-type", "text/html"),))
        if not self.is_granted(request.bearer):
            return _error(401, "UNAUTHENTICATED", "Request had invalid authentication credentials.")
        if found[1] != PROJECT:
            return _error(403, "PERMISSION_DENIED", f"Permission denied on resource project {found[1]}.")
        return self._message(request)

    def throttled(self, request: Request) -> Reply:
        """What is sent too fast; there is no quota of the day."""
        reply = _error(429, "RESOURCE_EXHAUSTED", "Quota exceeded for quota metric 'Messages'.", "QUOTA_EXCEEDED")
        return reply._replace(headers=(*reply.headers, ("retry-after", "1")))

    def _access(self, request: Request) -> Reply:
        form = request.form()
        if form.get("grant_type") != "urn:ietf:params:oauth:grant-type:jwt-bearer":
            return json_reply({"error": "unsupported_grant_type", "error_description": "Invalid grant_type"}, 400)
        try:
            public = signing_key(EMAIL).public_key()
            audience = ["https://oauth2.googleapis.com/token", f"{self.origin}/token"]
            claims = jwt.decode(form.get("assertion", ""), public, ["RS256"], audience=audience, issuer=EMAIL)
        except jwt.InvalidTokenError:
            return json_reply({"error": "invalid_grant", "error_description": "Invalid JWT Signature."}, 400)
        if claims.get("scope") != "https://www.googleapis.com/auth/firebase.messaging":
            return json_reply({"error": "invalid_scope", "error_description": "Invalid OAuth scope"}, 400)
        if claims["exp"] - claims["iat"] > 3600:
            return json_reply({"error": "invalid_grant", "error_description": "Invalid JWT: too long-lived."}, 400)
        return json_reply({"access_token": self.grant(), "expires_in": 3599, "token_type": "Bearer"})

    def _message(self, request: Request) -> Reply:
        body = request.json()
        if not isinstance(body, dict) or not request.headers.get("content-type", "").startswith("application/json"):
            return _bad_field("", "Invalid JSON payload received.")
        message = body.get("message")
        if not isinstance(message, dict):
            return _bad_field("message", "Missing message.")
        if wrong := _wrong(message):
            return _bad_field(*wrong)
        token = message.get("token") or message["fid"]
        if body.get("validate_only") and not token.startswith(("ok-", "gone-")):
            return _bad_token()
        return self._decided(token)

    def _decided(self, token: str) -> Reply:
        match self.verdict(token):
            case "bad":
                return _bad_token()
            case "gone":
                return _error(404, "NOT_FOUND", "Requested entity was not found.", "UNREGISTERED")
            case "retry":
                return _error(500, "INTERNAL", "Internal error encountered.", "INTERNAL")
        return json_reply({"name": f"projects/{PROJECT}/messages/0:{len(self.accepted)}%{token[-8:]}"})


def _wrong(message: dict[str, Any]) -> tuple[str, str] | None:
    """A field and what is the matter with it."""
    android = message.get("android", {})
    known = (
        ("message", message, _MESSAGE),
        ("message.notification", message.get("notification", {}), _NOTIFICATION),
        ("message.android", android, _ANDROID),
        ("message.android.notification", android.get("notification", {}), _ANDROID_NOTIFICATION),
    )
    for path, given, names in known:
        if unknown := set(given) - names:
            return (
                path,
                f"Invalid JSON payload received. Unknown name \"{min(unknown)}\" at '{path}': Cannot find field.",
            )
    targets = [message[name] for name in ("token", "fid") if name in message]
    if len(targets) != 1 or not isinstance(targets[0], str) or not targets[0]:
        return "message", "Exactly one of fid, token, topic or condition is required."
    return _wrong_values(message, android)


def _wrong_values(message: dict[str, Any], android: dict[str, Any]) -> tuple[str, str] | None:
    for name, value in message.get("data", {}).items():
        if not isinstance(value, str):
            return f"message.data[{name}]", f"Invalid value at 'message.data[{name}].value' (TYPE_STRING), {value}"
        if name in {"from", "message_type"} or name.startswith(("google.", "gcm.")):
            return "message.data", f"Invalid data payload key: {name}"
    values = (
        ("message.android.ttl", android.get("ttl", "0s"), r"\d{1,7}s"),
        ("message.android.priority", android.get("priority", "HIGH"), r"HIGH|NORMAL|high|normal"),
        (
            "message.android.notification.color",
            android.get("notification", {}).get("color", "#000000"),
            r"#[\da-fA-F]{6}",
        ),
    )
    for field, value, form in values:
        if not isinstance(value, str) or not re.fullmatch(form, value):
            return field, f"Invalid value at '{field}'"
    if int(android.get("ttl", "0s")[:-1]) > LONGEST_TTL:
        return "message.android.ttl", "Invalid TTL"
    if len(msgspec.json.encode([message.get("notification", {}), message.get("data", {})])) > MOST_BYTES:
        return "message", "Android message is too big"
    return None


def _bad_token() -> Reply:
    return _error(
        400, "INVALID_ARGUMENT", "The registration token is not a valid FCM registration token", "INVALID_ARGUMENT"
    )


def _bad_field(field: str, description: str) -> Reply:
    violation = {"@type": _BAD_REQUEST, "fieldViolations": [{"field": field, "description": description}]}
    return _error(400, "INVALID_ARGUMENT", description, "INVALID_ARGUMENT", violation)


def _error(code: int, status: str, message: str, own: str = "", *details: dict[str, Any]) -> Reply:
    told = [*([{"@type": _FCM_ERROR, "errorCode": own}] if own else []), *details]
    error = {"code": code, "message": message, "status": status, **({"details": told} if told else {})}
    return json_reply({"error": error}, code)
