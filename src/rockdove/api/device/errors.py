"""What the device API answers when it can't do what was asked.

DeviceApiError                 status, code, field
├── BadRequestError            400: can't be read, or a member has a wrong value
├── UnauthorizedError          401: no credential, or not a valid one
├── ForbiddenError             403: valid, but not allowed
├── TooLargeError              413
└── UnavailableError           503: the database is away
"""

from __future__ import annotations

import msgspec
from starlette.responses import Response

from rockdove.devices.registration import BadTokenError, RegistrationError, WrongPackageError, WrongPlatformError


class DeviceApiError(Exception):
    """The text is for people; `code` and `field` are for programs."""

    status = 500
    code = "internal"

    def __init__(self, message: str, field: str = "", code: str = "") -> None:
        super().__init__(message)
        self.field = field
        self.code = code or type(self).code


class BadRequestError(DeviceApiError):
    status, code = 400, "bad_request"


class UnauthorizedError(DeviceApiError):
    status, code = 401, "unauthorized"


class ForbiddenError(DeviceApiError):
    status, code = 403, "forbidden"


class TooLargeError(DeviceApiError):
    status, code = 413, "too_large"


class UnavailableError(DeviceApiError):
    status, code = 503, "unavailable"


def of_registration(error: RegistrationError) -> DeviceApiError:
    """How a refused registration is told."""
    kind = (
        BadRequestError if isinstance(error, BadTokenError | WrongPlatformError | WrongPackageError) else ForbiddenError
    )
    return kind(str(error), error.field, error.code)


def answer(error: DeviceApiError) -> Response:
    body = {"code": error.code, "message": str(error), "field": error.field}
    headers = {"Retry-After": "1"} if error.status == UnavailableError.status else None
    content = msgspec.json.encode({"error": body})
    return Response(content, error.status, headers, media_type="application/json")
