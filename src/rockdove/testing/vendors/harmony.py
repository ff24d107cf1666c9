"""Huawei's push server for HarmonyOS 5 and later, as its documentation knows it."""

from __future__ import annotations

import functools
from typing import Any, ClassVar

import jwt
import msgspec
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from rockdove.testing.vendors.huawei import (
    CALLBACK_KEY,
    CALLBACK_USER,
    CATEGORIES,
    LONGEST_MESSAGE,
    MOST_TOKENS,
    TOKEN_FORMAT,
    said,
)
from rockdove.testing.vendors.server import FakeVendor, Reply, Request

PROJECT_ID, KEY_ID, SUB_ACCOUNT = "736430079200000001", "6f0c1b9e", "103853667"
AUDIENCE = "https://oauth-login.cloud.huawei.com/oauth2/v3/token"
SEND = f"/v3/{PROJECT_ID}/messages:send"
MOST_TEST_TOKENS = 10
LONGEST_TOKEN_LIFE = 24 * 3600
REASONS = {"gone": "tokenFormatError", "bad": "noRight"}


@functools.cache
def private_key(number: int) -> RSAPrivateKey:
    """0 is that of the service account, others are somebody else's. Made once a process, for it takes a while."""
    return generate_private_key(65537, 2048)


def key_file(number: int = 0) -> str:
    pem = private_key(number).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    members = {"project_id": PROJECT_ID, "key_id": KEY_ID, "private_key": pem, "sub_account": SUB_ACCOUNT}
    return msgspec.json.encode({**members, "token_uri": AUDIENCE}).decode()


class FakeHarmony(FakeVendor):
    name: ClassVar[str] = "harmony"

    def __init__(self) -> None:
        super().__init__()
        self._ended: set[str] = set()

    def settings(self) -> dict[str, Any]:
        return {
            "service_account_key": key_file(),
            "callback_user": CALLBACK_USER,
            "callback_key": CALLBACK_KEY,
            "server": self.origin,
        }

    def expire_credentials(self) -> None:
        """What was signed so far is no longer taken."""
        self._ended |= self._granted
        super().expire_credentials()

    def handle(self, request: Request) -> Reply:
        if request.method != "POST" or request.path != SEND:
            return Reply(404)
        if refused := self._refused(request.bearer):
            return refused
        if request.headers.get("push-type") != "0":
            return said("80100001", "Check Parameter Error: push-type", 400)
        return self._messages(request)

    def throttled(self, request: Request) -> Reply:
        return Reply(503, b"")

    def _refused(self, token: str) -> Reply | None:
        try:
            if jwt.get_unverified_header(token).get("kid") != KEY_ID:
                return said("80200001", "Authentication Error.", 401)
            claims = jwt.decode(
                token,
                private_key(0).public_key(),
                algorithms=["PS256"],
                audience=AUDIENCE,
                issuer=SUB_ACCOUNT,
                options={"require": ["iat", "exp"]},
            )
        except jwt.ExpiredSignatureError:
            return said("80200005", "Jwt token expired.", 401)
        except jwt.PyJWTError:
            return said("80200001", "Authentication Error.", 401)
        if claims["exp"] - claims["iat"] > LONGEST_TOKEN_LIFE:
            return said("80300036", "JWT expire period over threshold.", 400)
        if token in self._ended:
            return said("80200005", "Jwt token expired.", 401)
        self._granted.add(token)
        return None

    def _messages(self, request: Request) -> Reply:
        body = request.json()
        if not isinstance(body, dict):
            return said("80100003", "Illegal payload, no JSON", 400)
        tokens = (body.pop("target", None) or {}).get("token") or []
        options = body.get("pushOptions") or {}
        if options.get("testMessage") and len(tokens) > MOST_TEST_TOKENS:
            return said("80300030", "When send test message, token count exceed limit.", 400)
        if not 1 <= len(tokens) <= MOST_TOKENS:
            return said("80300010", f"token count should within 1 and {MOST_TOKENS}.", 400)
        if len(msgspec.json.encode(body)) > LONGEST_MESSAGE:
            return said("80300008", "Push message size is too long.", 400)
        if wrong := _wrong((body.get("payload") or {}).get("notification") or {}, options):
            return said("80100003", f"Illegal payload, {wrong}", 400)
        return self._answer(tokens)

    def _answer(self, tokens: list[str]) -> Reply:
        refused: dict[str, list[str]] = {}
        for token in tokens:
            kind = self.verdict(token) if TOKEN_FORMAT.fullmatch(token) else "gone"
            if kind != "ok":
                refused.setdefault(REASONS.get(kind, "appinfoError"), []).append(token)
        failure = sum(map(len, refused.values()))
        if failure == len(tokens):
            told = {"failure": failure, "illegalTokens": refused}
            return said("80300007", msgspec.json.encode(told).decode())
        if refused:
            told = {"illegalTokens": refused, "success": len(tokens) - failure, "failure": failure}
            return said("80100000", msgspec.json.encode(told).decode())
        return said("80000000", "Success")


def _wrong(notification: dict[str, Any], options: dict[str, Any]) -> str:
    """What is the matter with a message; '': nothing."""
    if missing := [name for name in ("category", "title", "body", "clickAction") if not notification.get(name)]:
        return f"{missing[0]} is needed"
    click, badge = notification["clickAction"], notification.get("badge", {})
    faults = {
        "no such category": notification["category"] not in CATEGORIES,
        "clickAction is none": click.get("actionType") not in {0, 1} or not isinstance(click.get("data", {}), dict),
        "clickAction needs uri or action": click.get("actionType") == 1
        and not (click.get("uri") or click.get("action")),
        "badge addNum value ranges from 1 to 99": not 0 < badge.get("addNum", 1) < 100,
        "badge setNum is none": not 0 <= badge.get("setNum", 0) < 100,
        "notifyId is none": not -1 <= notification.get("notifyId", -1) < 2**31,
        "image must be https": not notification.get("image", "https://").startswith("https://"),
        "ttl is none": not isinstance(options.get("ttl", 1), int),
        "biTag is longer than 64 bytes": len(options.get("biTag", "")) > 64,
    }
    return next((fault for fault, found in faults.items() if found), "")
