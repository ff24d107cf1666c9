"""What every endpoint does around its own work: method, body, caller, parsing, and one answer for every end.

The order is fixed: size of the body, caller, then parsing. Whatever the work raises becomes an answer here and
nowhere else.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from rockdove.api.context import ApiContext
from rockdove.api.tpns import answers, idempotency
from rockdove.api.tpns.answers import Answer, Family
from rockdove.api.tpns.auth import identify
from rockdove.api.tpns.body import Body, ClientGoneError, TooLargeError
from rockdove.api.tpns.errors import InvalidParameterError, ServiceError, TpnsError
from rockdove.api.tpns.fields import Fields, parse
from rockdove.api.tpns.idempotency import AnsweredError
from rockdove.config import Limits
from rockdove.devices.applications import Application
from rockdove.observe import log
from rockdove.storage.database import Connection, Unavailable


@dataclass(frozen=True, slots=True)
class Call:
    """One authenticated call with a JSON body."""

    context: ApiContext
    application: Application
    fields: Fields
    idempotency_key: str | None = None
    """As it came; only a push looks at it."""
    source: Literal["api", "web"] = "api"
    also: Callable[[Connection, list[int]], Awaitable[None]] | None = None
    """What a push from the console does beside, in the transaction that takes it; gets the push ids."""

    @property
    def limits(self) -> Limits:
        """The server's, with the application's own rates in their place."""
        return self.application.rates.over(self.context.settings.limits)


Handler = Callable[[Call], Awaitable[Answer]]


class Endpoint:
    """An ASGI application for one path. Subclasses do the work; every end of it is answered here."""

    family: Family

    def __init__(self, context: ApiContext) -> None:
        self.context = context

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request, body = Request(scope), Body(scope, receive)
        if request.method != "POST":
            response = answers.not_allowed()
        else:
            answer, seq = await self._outcome(request, body)
            if answer is None:
                return
            response = answers.response(self.family, answer, seq, self.context.settings.http.auth_failure_status)
        if body.ended:
            await response(scope, receive, send)
        else:
            await _respond_and_drain(response, body, send)

    async def work(self, request: Request, body: Body) -> tuple[Answer, object]:
        """The answer, and the request's `seq`."""
        raise NotImplementedError

    async def _outcome(self, request: Request, body: Body) -> tuple[Answer | None, object]:
        """None: the client has gone, nobody is there to answer."""
        try:
            return await self.work(request, body)
        except ClientGoneError:
            return None, 0
        except AnsweredError as before:
            return Answer(before.members), 0
        except TpnsError as error:
            return Answer(error=error), 0
        except Unavailable as error:
            log.warning("database away: call refused", path=request.url.path, error=str(error))
            return Answer(error=ServiceError("the database is away, try again", http_status=503)), 0
        except Exception:
            log.exception("call failed", path=request.url.path)
            return Answer(error=ServiceError("the server's log says more")), 0


class JsonEndpoint(Endpoint):
    """POST with a JSON object, whatever its Content-Type says."""

    def __init__(self, context: ApiContext, family: Family, handler: Handler) -> None:
        super().__init__(context)
        self.family = family
        self._handler = handler

    async def work(self, request: Request, body: Body) -> tuple[Answer, object]:
        limit = self.context.settings.limits.json_body_bytes
        try:
            raw = await body.read(limit)
        except TooLargeError:
            raise InvalidParameterError(f"the body is larger than {limit} bytes") from None
        caller = await identify(request, self.context)
        caller.update(raw)
        caller.verify()
        fields = parse(raw)
        seq = fields.raw("seq")
        try:
            call = Call(self.context, caller.application, fields, request.headers.get(idempotency.HEADER))
            return await self._handler(call), seq
        except AnsweredError as before:
            return Answer(before.members), seq
        except TpnsError as error:
            return Answer(error=error), seq


async def _respond_and_drain(response: Response, body: Body, send: Send) -> None:
    """Write the whole answer, read on for a while, then let the server close the connection."""
    response.headers["connection"] = "close"
    await send({"type": "http.response.start", "status": response.status_code, "headers": response.raw_headers})
    await send({"type": "http.response.body", "body": response.body, "more_body": True})
    await body.drain()
    await send({"type": "http.response.body", "body": b"", "more_body": False})
