"""What the stages raise, as HTTP: one sentence that says what is wrong and what to do, in `detail`."""

from __future__ import annotations

from typing import Any

import msgspec
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.requests import ClientDisconnect

from rockdove.api.device.errors import of_registration
from rockdove.api.tpns.errors import TpnsError
from rockdove.audience.audience import AudienceError
from rockdove.channels.configured import ChannelSettingsError
from rockdove.channels.provider import CredentialFaultError
from rockdove.devices.applications import ApplicationError, UnknownApplicationError
from rockdove.devices.attributes import BadAttributeError
from rockdove.devices.details import UnknownDeviceError
from rockdove.devices.products import ProductError, UnknownProductError
from rockdove.devices.registration import RegistrationError, UnknownAppError
from rockdove.devices.trial_devices import TrialDeviceError
from rockdove.ingest.verdict import (
    PackageError,
    PackageInUseError,
    RefusedFileError,
    StoreFullError,
    TooManyUploadsError,
    UnknownPackageError,
)
from rockdove.lifecycle.states import IllegalMoveError, UnknownPushError
from rockdove.members.members import LastAdministratorError, LinkError, MemberError, UnknownMemberError
from rockdove.members.password import PasswordError
from rockdove.members.sessions import ThrottledError, WrongPasswordError
from rockdove.pushes.plans import PlanError, UnknownPlanError
from rockdove.storage.database import Unavailable

STATUSES: dict[type[Exception], int] = {
    WrongPasswordError: 401,
    LinkError: 403,
    AudienceError: 404,
    UnknownApplicationError: 404,
    UnknownDeviceError: 404,
    UnknownMemberError: 404,
    UnknownPackageError: 404,
    UnknownPlanError: 404,
    UnknownProductError: 404,
    UnknownPushError: 404,
    IllegalMoveError: 409,
    LastAdministratorError: 409,
    PackageInUseError: 409,
    ApplicationError: 422,
    BadAttributeError: 422,
    CredentialFaultError: 422,
    MemberError: 422,
    PasswordError: 422,
    PlanError: 422,
    ProductError: 422,
    TrialDeviceError: 422,
    TooManyUploadsError: 429,
    PackageError: 503,
    StoreFullError: 507,
    **dict.fromkeys(Unavailable, 503),
}
RESPONSES: dict[int | str, dict[str, Any]] = {
    401: {"description": "not signed in, or wrong AccessID or SecretKey"},
    403: {"description": "the role does not allow it"},
    404: {"description": "no such thing here"},
}
"""What every endpoint about an application may answer beside its own."""


def add_to(app: FastAPI) -> None:
    for error, status in STATUSES.items():
        app.add_exception_handler(error, _sayer(status))
    app.add_exception_handler(ThrottledError, _throttled)
    app.add_exception_handler(TpnsError, _refused)
    app.add_exception_handler(RegistrationError, _unregistered)
    app.add_exception_handler(RefusedFileError, _refused_file)
    app.add_exception_handler(ChannelSettingsError, _refused_field)
    app.add_exception_handler(RequestValidationError, _malformed)
    app.add_exception_handler(ClientDisconnect, _gone)


def _sayer(status: int) -> Any:
    async def handler(_: Request, error: Exception) -> Response:
        return JSONResponse({"detail": str(error) or type(error).__name__}, status_code=status)

    return handler


async def _throttled(_: Request, error: Exception) -> Response:
    seconds = error.seconds if isinstance(error, ThrottledError) else 1
    return JSONResponse({"detail": str(error)}, status_code=429, headers={"Retry-After": str(seconds)})


async def _refused_file(_: Request, error: Exception) -> Response:
    """With the verdict as far as the file was read, so that a page can show the lines at fault."""
    verdict = error.verdict if isinstance(error, RefusedFileError) else None
    return JSONResponse({"detail": str(error), "verdict": msgspec.to_builtins(verdict)}, status_code=422)


async def _refused_field(_: Request, error: Exception) -> Response:
    """With the field's name, so that a form can show it there."""
    return JSONResponse({"detail": str(error), "field": getattr(error, "field", "")}, status_code=422)


async def _malformed(_: Request, error: Exception) -> Response:
    """FastAPI's list of faults, without what was given: that may have been a secret."""
    faults = error.errors() if isinstance(error, RequestValidationError) else []
    shown = [{name: fault[name] for name in ("type", "loc", "msg")} for fault in faults]
    return JSONResponse({"detail": shown}, status_code=422)


async def _gone(_: Request, __: Exception) -> Response:
    """Nobody reads it: the browser closed the connection in the middle of its request."""
    return Response(status_code=400)


async def _refused(_: Request, error: Exception) -> Response:
    """A push is taken by the REST door; its code goes along for those who know it."""
    refusal = error if isinstance(error, TpnsError) else TpnsError()
    text = refusal.detail or str(refusal.__doc__)
    return JSONResponse({"detail": text, "code": refusal.code}, status_code=getattr(refusal, "http_status", 422))


async def _unregistered(_: Request, error: Exception) -> Response:
    """A virtual phone is told the device API's codes, which its client acts upon."""
    refusal = of_registration(error if isinstance(error, RegistrationError) else UnknownAppError(str(error)))
    return JSONResponse({"detail": str(refusal), "code": refusal.code}, status_code=refusal.status)
