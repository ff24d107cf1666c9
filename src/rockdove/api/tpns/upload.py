"""`POST /v3/push/package/upload`: a file of accounts or tokens becomes a package.

The body streams through: boundaries are found in each piece as it arrives, the file's bytes go to the package's
receiver, the rest is dropped. The answer holds the final verdict; whoever got an `uploadId` has a good package.

Basic authentication is settled before the first byte is read. A signature covers the whole body, so under one every
fault is held back until the last byte has come and the signature has been checked: strangers learn nothing but that
they are strangers. A refusal is written at once; what a proven caller still sends is then read and dropped, since
TPNS's Java library among others reads no answer before it has sent everything.
"""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import Any

from starlette.requests import Request

from rockdove.api.tpns import idempotency
from rockdove.api.tpns.answers import Answer, Family
from rockdove.api.tpns.auth import Caller, identify
from rockdove.api.tpns.body import Body
from rockdove.api.tpns.endpoint import Endpoint
from rockdove.api.tpns.errors import (
    MissingParameterError,
    ParseError,
    ServiceError,
    TooFastError,
    TpnsError,
    UploadEmptyFileError,
    UploadFileError,
)
from rockdove.api.tpns.idempotency import Key
from rockdove.api.tpns.multipart import FormReader, Part
from rockdove.ingest.packages import Packages
from rockdove.ingest.upload import Upload
from rockdove.ingest.verdict import (
    EmptyFileError,
    PackageError,
    RefusedFileError,
    StoreFullError,
    TooManyUploadsError,
    Verdict,
)
from rockdove.storage.database import Connection

FIELD = "file"
ENVELOPE_BYTES = 1024 * 1024
"""What a request may hold beside the file."""


class UploadEndpoint(Endpoint):
    family = Family.UPLOAD

    async def work(self, request: Request, body: Body) -> tuple[Answer, object]:
        limit = self.context.settings.packages.max_file_bytes
        caller = await identify(request, self.context)
        body.patient = caller.is_proven
        if (body.declared or 0) > limit + ENVELOPE_BYTES:
            raise UploadFileError(f"the request has {body.declared} bytes, a file may have {limit}")
        async with AsyncExitStack() as stack:
            form = _PackageForm(stack, self.context.packages, caller, limit)
            try:
                await form.receive(request, body)
                caller.verify()
                return Answer(await self._finish(form.upload, idempotency.read(request.headers))), 0
            except PackageError as error:
                return _refusal(error), 0

    async def _finish(self, upload: Upload, key_text: str | None) -> dict[str, Any]:
        if key_text is None:
            package = await upload.finish()
            return _members(package.package_id, package.verdict)
        hours = self.context.settings.limits.idempotency_hours
        key = Key(upload.access_id, "upload", key_text, upload.content, hours)
        await key.check(self.context.database)

        async def keep(connection: Connection, package_id: int, verdict: Verdict) -> None:
            await key.claim(connection)
            await key.keep(connection, _members(package_id, verdict))

        package = await upload.finish(keep)
        return _members(package.package_id, package.verdict)


class _PackageForm:
    """One form on its way in. Leaving `stack` without `finish` leaves nothing behind."""

    def __init__(self, stack: AsyncExitStack, packages: Packages, caller: Caller, limit: int) -> None:
        self._stack = stack
        self._packages = packages
        self._caller = caller
        self._limit = limit
        self._upload: Upload | None = None
        self._in_file = False

    async def receive(self, request: Request, body: Body) -> None:
        """Read the body to its end. Raises ParseError, UploadFileError or PackageError; under a signature only after
        it was found genuine.
        """
        reader: FormReader | None = None
        fault: TpnsError | PackageError | None = None
        size = 0
        try:
            reader = FormReader(request.headers.get("content-type", ""))
        except ParseError as error:
            fault = self._hold(error)
        async for chunk in body.chunks():
            self._caller.update(chunk)
            size += len(chunk)
            if size > self._limit + ENVELOPE_BYTES:
                raise UploadFileError(f"the request is larger than a file may be ({self._limit} bytes)")
            if reader is None or fault is not None:
                continue
            try:
                await self._take(reader, chunk)
            except (TpnsError, PackageError) as error:
                fault = self._hold(error)
        self._caller.verify()
        if fault is not None:
            raise fault
        if reader is None or not reader.ended:
            raise ParseError("multipart: the closing boundary is missing")

    @property
    def upload(self) -> Upload:
        """Once all has been received. Raises MissingParameterError."""
        if self._upload is None:
            raise MissingParameterError(f"no part named {FIELD!r}")
        return self._upload

    async def _take(self, reader: FormReader, chunk: bytes) -> None:
        for event in reader.feed(chunk):
            if isinstance(event, Part):
                self._in_file = event.name == FIELD
                if self._in_file:
                    await self._open(event)
            elif isinstance(event, bytes) and self._in_file and self._upload is not None:
                await self._upload.write(event)

    async def _open(self, part: Part) -> None:
        if self._upload is not None:
            raise UploadFileError(f"there are two parts named {FIELD!r}")
        receiving = self._packages.receive(self._caller.application.access_id, part.file_name)
        self._upload = await self._stack.enter_async_context(receiving)

    def _hold(self, fault: TpnsError | PackageError) -> TpnsError | PackageError:
        if self._caller.is_proven:
            raise fault
        return fault


def _members(package_id: int, verdict: Verdict) -> dict[str, Any]:
    return {"uploadId": package_id, **_counts(verdict)}


def _counts(verdict: Verdict) -> dict[str, Any]:
    counts: dict[str, Any] = {
        "lineCount": verdict.lines,
        "accountCount": verdict.accounts,
        "duplicateCount": verdict.duplicates,
        "invalidCount": verdict.invalid,
    }
    if verdict.examples:
        counts["invalidExamples"] = verdict.examples
    if verdict.header_warning:
        counts["warning"] = verdict.header_warning
    return counts


def _refusal(error: PackageError) -> Answer:
    match error:
        case EmptyFileError():
            return Answer(error=UploadEmptyFileError(str(error)))
        case RefusedFileError():
            return Answer(_counts(error.verdict), UploadFileError(str(error)))
        case TooManyUploadsError():
            return Answer(error=TooFastError(str(error)))
        case StoreFullError():
            return Answer(error=UploadFileError(str(error)))
        case _:
            return Answer(error=ServiceError(str(error)))
