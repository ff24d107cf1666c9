"""The OpenAPI 3.1 document, put together from what is said of each endpoint."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import rockdove
from rockdove.api.tpns import answers, idempotency
from rockdove.api.tpns.answers import Answer, Family
from rockdove.api.tpns.errors import AuthError, RefusedError, ServiceError, TpnsError
from rockdove.api.tpns.openapi import devices, packages, pushes, statistics
from rockdove.api.tpns.openapi.operation import BATCH, EXAMPLE_DAY, Example, Operation
from rockdove.api.tpns.openapi.schemas import Schema, integer, record, text
from rockdove.config import Settings

PREFIX = "/v3"
_SEQ = integer("A number of yours; it is echoed.", -(2**63), 2**63 - 1, default=0)
_ECHOING = (Family.PUSH, Family.SNAKE)
_SPELLINGS = {
    "ret_code": "0, or what is wrong",
    "err_msg": "The same in words, with what and where",
    "retCode": "As ret_code",
    "errMsg": "As err_msg",
}


def document(settings: Settings) -> dict[str, Any]:
    """The document with the limits of this configuration."""
    operations = list(all_operations(settings))
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Rockdove",
            "version": rockdove.__version__,
            "summary": "TPNS's REST API, self-hosted.",
            "description": _joined(_description(settings)),
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/", "description": "The server that gave this."}],
        "tags": [{"name": group} for group in dict.fromkeys(operation.group for operation in operations)],
        "security": [{"basic": []}, {"accessId": [], "timeStamp": [], "sign": []}],
        "paths": {f"{PREFIX}{operation.path}": {"post": _post(operation, settings)} for operation in operations},
        "components": {
            "securitySchemes": _security_schemes(settings),
            "schemas": {"Code": _code(), "Refusal": _refusal()},
            "parameters": {"IdempotencyKey": _idempotency_key(settings)},
            "responses": {
                "Refused": _refusal_response("The caller is not let in.", AuthError("the SecretKey is wrong")),
                "Failed": _refusal_response("Our own fault; the server's log says more.", ServiceError()),
                "Unavailable": _refusal_response(
                    "The database is away.", ServiceError("the database is away, try again")
                ),
            },
        },
    }


def all_operations(settings: Settings) -> Iterator[Operation]:
    for module in (packages, pushes, devices, statistics):
        yield from module.operations(settings)


def all_errors() -> dict[int, type[TpnsError]]:
    """What each code means: the class it is defined in."""

    def below(error: type[TpnsError]) -> Iterator[type[TpnsError]]:
        for kind in error.__subclasses__():
            yield kind
            yield from below(kind)

    found = {kind.code: kind for kind in below(TpnsError) if "code" in vars(kind)}
    return dict(sorted(found.items()))


def _description(settings: Settings) -> str:
    limits = settings.limits
    return f"""Calls are POSTs with a JSON object (the upload: multipart/form-data), read whatever their
Content-Type says, of at most {limits.json_body_bytes:,} bytes. Answers are JSON objects with a code and its text,
in both of TPNS's spellings: `ret_code`, `err_msg` and `retCode`, `errMsg`. 0 is success. Whatever comes of a call,
it is HTTP 200, but for callers that are not let in (HTTP {settings.http.auth_failure_status}) and faults of our own
(HTTP 500, 503). Other methods than POST get HTTP 405, other paths 404.

Requests are read loosely, as TPNS does: a name in other letters' case is found too; `null`, `""`, 0, `[]` and
`{{}}` count as not given, where they are no value; integers may come as decimal text and ids as numbers, booleans
as 0, 1, "true" and "false"; members nobody knows are ignored.

`x-honoured-for` lists the audiences a member of a push matters for; elsewhere it is ignored. `x-kept`: it is stored
or handed on as it came, and this server does not act upon it. Examples are sent on {EXAMPLE_DAY}."""


def _joined(text: str) -> str:
    """Lines of one paragraph become one."""
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in text.split("\n\n"))


def _post(operation: Operation, settings: Settings) -> dict[str, Any]:
    post: dict[str, Any] = {
        "tags": [operation.group],
        "operationId": operation.path.removeprefix("/").replace("/", "_"),
        "summary": operation.title,
        "description": _joined(operation.description),
    }
    if operation.alias_of:
        post["x-alias-of"] = PREFIX + operation.alias_of
    if operation.keyed:
        post["parameters"] = [{"$ref": "#/components/parameters/IdempotencyKey"}]
    return post | {"requestBody": _request_body(operation), "responses": _responses(operation, settings)}


def _request_body(operation: Operation) -> dict[str, Any]:
    examples = {
        name: {"summary": example.title, "value": example.request} for name, example in operation.examples.items()
    }
    if operation.form:
        media: dict[str, Any] = {
            "schema": operation.request,
            "encoding": {"file": {"contentType": "text/plain, text/csv, application/zip"}},
            "examples": examples,
        }
        return {"required": True, "content": {"multipart/form-data": media}}
    request = operation.request
    if operation.family in _ECHOING:
        request = request | {"properties": {**request["properties"], "seq": _SEQ}}
    return {"required": True, "content": {"application/json": {"schema": request, "examples": examples}}}


def _responses(operation: Operation, settings: Settings) -> dict[str, Any]:
    """A configuration can make authentication failures HTTP 200 as well."""
    refused = settings.http.auth_failure_status
    codes = {error.code for error in operation.answered_errors}
    if refused == 200:
        codes |= {error.code for error in RefusedError.__subclasses__()}
    done = {
        "description": "Done, or what is wrong with the call.",
        "content": {
            "application/json": {
                "schema": _answer_schema(operation, codes),
                "examples": {
                    name: {"summary": example.title, "value": example_answer(operation, example)}
                    for name, example in operation.examples.items()
                },
            }
        },
    }
    return {
        "200": done,
        **({} if refused == 200 else {str(refused): {"$ref": "#/components/responses/Refused"}}),
        "500": {"$ref": "#/components/responses/Failed"},
        "503": {"$ref": "#/components/responses/Unavailable"},
    }


def example_answer(operation: Operation, example: Example) -> dict[str, Any]:
    """With the members that the dialect adds, in its order."""
    members = {key: value for key, value in example.answer.items() if key != "seq"}
    answer = Answer(members, example.error() if example.error else None, operation.done_text)
    return answers.body_of(operation.family, answer, example.answer.get("seq", 0))


def _answer_schema(operation: Operation, errors: Iterable[int]) -> Schema:
    """All members at once: those of the family always, the endpoint's own with a success (or part of one)."""
    codes = sorted({0, *errors})
    own = {**operation.answer, **operation.sometimes}
    members = _family_members(operation.family, codes)
    schema = record({**members, **own}, required=list(members), closed=True)
    if not operation.answer:
        return schema
    done = [0, *(error.code for error in BATCH if error in operation.errors)]
    condition = {"properties": {"ret_code": {"enum": done}}}
    return schema | {"if": condition, "then": {"required": list(operation.answer)}}


def _family_members(family: Family, codes: list[int]) -> dict[str, Schema]:
    code = integer(among=codes) | {"$comment": "texts: #/components/schemas/Code"}
    spelled = {
        name: (code if name in ("ret_code", "retCode") else text()) | {"description": f"{meaning}."}
        for name, meaning in _SPELLINGS.items()
    }
    match family:
        case Family.PUSH:
            return {"seq": integer("Echoed."), **spelled, "err_msg_zh": text("The text in Chinese; empty on success.")}
        case Family.SNAKE:
            return {"seq": integer("Echoed."), **spelled}
        case Family.CAMEL:
            return spelled
        case Family.UPLOAD:
            return {**spelled, "uploadId": integer("For `upload_id` of a push; 0 with an error.", 0, 2**31 - 1)}


def _code() -> Schema:
    errors = all_errors()
    return {
        "type": "integer",
        "description": "Every code there is.",
        "enum": [0, *errors],
        "x-enum-descriptions": [answers.NO_ERROR, *(str(error.__doc__) for error in errors.values())],
    }


def _refusal() -> Schema:
    code: Schema = {"$ref": "#/components/schemas/Code"}
    members: dict[str, Schema] = {name: code if name in ("ret_code", "retCode") else text() for name in _SPELLINGS}
    by_family = {"seq": integer(), "err_msg_zh": text(), "uploadId": integer("Always 0.", 0, 0)}
    return record({**members, **by_family}, "An error, without anything else.", required=list(members), closed=True)


def _refusal_response(description: str, error: TpnsError) -> dict[str, Any]:
    return {
        "description": description,
        "content": {
            "application/json": {
                "schema": {"$ref": "#/components/schemas/Refusal"},
                "example": answers.body_of(Family.CAMEL, Answer(error=error)),
            }
        },
    }


def _security_schemes(settings: Settings) -> dict[str, Any]:
    skew = settings.limits.signature_max_skew_seconds
    time = f"Unix seconds, at most {skew} away from the server's clock." if skew else "Unix seconds."
    return {
        "basic": {
            "type": "http",
            "scheme": "basic",
            "description": "AccessID as the user, SecretKey as the password.",
        },
        "accessId": {
            "type": "apiKey",
            "in": "header",
            "name": "AccessId",
            "description": "Of a signed call: the AccessID.",
        },
        "timeStamp": {
            "type": "apiKey",
            "in": "header",
            "name": "TimeStamp",
            "description": f"Of a signed call: {time}",
        },
        "sign": {
            "type": "apiKey",
            "in": "header",
            "name": "Sign",
            "description": "base64(hex(HMAC-SHA256(SecretKey, TimeStamp + AccessId + body))): the base64 of the 64 "
            "lower-case hexadecimal digits, of exactly the bytes that are sent. It wins over Basic.",
        },
    }


def _idempotency_key(settings: Settings) -> dict[str, Any]:
    hours = settings.limits.idempotency_hours
    return {
        "name": idempotency.HEADER,
        "in": "header",
        "required": False,
        "description": f"Ours. The same call sent again under its key within {hours} hours gets the first one's "
        "answer, and nothing happens twice; another call under the key is refused with 1008007.",
        "schema": text(form="^[!-~]{1,255}$"),
    }
