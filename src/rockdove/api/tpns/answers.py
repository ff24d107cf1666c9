"""Answers in TPNS's two dialects.

Its push and account endpoints say `ret_code`/`err_msg`, its upload and statistics say `retCode`/`errMsg`, and clients
mix them up: every answer carries both spellings, its own family's first. Business errors are HTTP 200; clients throw
at anything else.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Any

import msgspec
from starlette.responses import Response

from rockdove.api.tpns.errors import InvalidParameterError, RefusedError, ServiceError, TpnsError

NO_ERROR = "NO_ERROR"
_MIN_INT, _MAX_INT = -(2**63), 2**63 - 1


class Family(Enum):
    """Which spelling an endpoint's clients read."""

    PUSH = "push"
    """snake case, with `seq` and `err_msg_zh`"""
    SNAKE = "snake"
    CAMEL = "camel"
    UPLOAD = "upload"
    """camel case, with `uploadId`: 0 on failure"""


@dataclass(frozen=True, slots=True)
class Answer:
    """What an endpoint gives: its own members, and the error they stand beside, if any."""

    members: dict[str, Any] = field(default_factory=dict)
    error: TpnsError | None = None
    text: str = NO_ERROR
    """What a success is called."""


def body_of(family: Family, answer: Answer, seq: object = 0) -> dict[str, Any]:
    """The members of the JSON object in the order TPNS prints them."""
    error = answer.error
    code, text = (error.code, error.text) if error else (0, answer.text)
    snake: dict[str, Any] = {"ret_code": code, "err_msg": text}
    camel: dict[str, Any] = {"retCode": code, "errMsg": text}
    match family:
        case Family.PUSH:
            zh = {"err_msg_zh": error.text_zh if error else ""}
            return {"seq": _echo(seq), **answer.members, **snake, **zh, **camel}
        case Family.SNAKE:
            return {"seq": _echo(seq), **snake, **answer.members, **camel}
        case Family.CAMEL:
            return {**camel, **answer.members, **snake}
        case Family.UPLOAD:
            return {**camel, "uploadId": 0, **answer.members, **snake}


def response(family: Family, answer: Answer, seq: object = 0, auth_failure_status: int = 403) -> Response:
    return Response(
        msgspec.json.encode(body_of(family, answer, seq)),
        status_code=_status(answer.error, auth_failure_status),
        media_type="application/json",
    )


def not_allowed(method: str = "POST") -> Response:
    """The dialect knows only POST; what describes it is there to GET."""
    return _plain(405, f"only {method} is allowed", {"allow": method})


def not_found() -> Response:
    return _plain(404, "there is no such endpoint", {})


def _plain(status: int, text: str, headers: dict[str, str]) -> Response:
    code = InvalidParameterError.code
    body = {"retCode": code, "errMsg": text, "ret_code": code, "err_msg": text}
    return Response(msgspec.json.encode(body), status, headers, media_type="application/json")


def _status(error: TpnsError | None, auth_failure_status: int) -> int:
    if isinstance(error, ServiceError):
        return error.http_status
    return auth_failure_status if isinstance(error, RefusedError) else 200


def _echo(seq: object) -> int:
    """Only what a client's 64-bit integer can hold."""
    return seq if isinstance(seq, int) and not isinstance(seq, bool) and _MIN_INT <= seq <= _MAX_INT else 0
