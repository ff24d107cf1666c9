"""The console API as one FastAPI application, mounted at /console/api.

Callers prove themselves with the application's AccessID and SecretKey (Basic), and see that application only.
"""

# No postponed annotations here: FastAPI reads them at definition, and some name local things.

import asyncio
import hmac
from collections.abc import AsyncIterator
from typing import Annotated, Any
from urllib.parse import quote

import msgspec
from fastapi import Depends, FastAPI, HTTPException, Query, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse
from fastapi.security import HTTPBasic, HTTPBasicCredentials

from rockdove.api.console.answers import PackageAnswer, PreviewRequest, PreviewState, PushControls
from rockdove.api.context import ApiContext
from rockdove.audience import outcome, previews
from rockdove.audience.audience import AudienceError
from rockdove.audience.packages import opener
from rockdove.audience.previews import PreviewAnswer
from rockdove.audience.request import AudienceRequest
from rockdove.devices import applications
from rockdove.devices.applications import Application
from rockdove.ingest.packages import Package
from rockdove.ingest.verdict import PackageInUseError, UnknownPackageError
from rockdove.storage.database import Unavailable
from rockdove.storage.package_store import PackageStore

WAIT_SECONDS = 20.0
"""How long a preview's asker is kept waiting before it is told to come back."""
POLL_SECONDS = 0.05
UNAUTHORIZED: dict[int | str, dict[str, Any]] = {
    401: {"description": "wrong AccessID or SecretKey"},
    404: {"description": "no such thing here"},
}


def build(context: ApiContext, store: PackageStore) -> FastAPI:
    """`store`: where packages lie, and what workers leave for download."""
    open_package = opener(context.database, store)
    app = FastAPI(title="Rockdove console API", version="1", docs_url=None, redoc_url=None)
    caller = Annotated[Application, Depends(_Caller(context))]
    _add_faults(app)
    _add_packages(app, context, caller)
    _add_previews(app, context, store, caller)
    _add_controls(app, context, caller)

    @app.get("/apps/{access_id}/pushes/{push_id}/outcome", responses=UNAUTHORIZED, response_class=StreamingResponse)
    async def push_outcome(application: caller, push_id: int) -> Response:
        """What became of each account: account, token, channel, state, time, as CSV."""
        pieces = outcome.csv_of(outcome.outcomes(context.database, open_package, application.access_id, push_id))
        return _download(await _begun(pieces), f"push-{push_id}-outcome.csv")

    return app


def _add_packages(app: FastAPI, context: ApiContext, caller: Any) -> None:
    packages = context.packages

    @app.get("/apps/{access_id}/packages", responses=UNAUTHORIZED)
    async def list_packages(
        application: caller, before: int | None = None, limit: Annotated[int, Query(ge=1, le=200)] = 50
    ) -> list[PackageAnswer]:
        """Newest first, refused ones too; go on with `before` = the last package_id."""
        found = await packages.list(application.access_id, before, limit)
        return [PackageAnswer.of(package) for package in found]

    @app.get("/apps/{access_id}/packages/{package_id}", responses=UNAUTHORIZED)
    async def get_package(application: caller, package_id: int) -> PackageAnswer:
        """One package with its verdict."""
        return PackageAnswer.of(await packages.get(application.access_id, package_id))

    @app.delete("/apps/{access_id}/packages/{package_id}", responses=UNAUTHORIZED, status_code=204)
    async def delete_package(application: caller, package_id: int) -> None:
        """Delete it, unless a push still needs it (409)."""
        await packages.delete(application.access_id, package_id)

    @app.get("/apps/{access_id}/packages/{package_id}/file", responses=UNAUTHORIZED, response_class=StreamingResponse)
    async def package_file(application: caller, package_id: int) -> Response:
        """The file as it was uploaded."""
        package = _kept(await packages.get(application.access_id, package_id))
        return _download(await _begun(packages.open_original(package)), package.file_name, "application/octet-stream")

    @app.get(
        "/apps/{access_id}/packages/{package_id}/refused", responses=UNAUTHORIZED, response_class=StreamingResponse
    )
    async def package_refused(application: caller, package_id: int) -> Response:
        """Every refused line: line, reason, text, as CSV."""
        package = _kept(await packages.get(application.access_id, package_id))
        return _download(await _begun(packages.open_refused(package)), f"package-{package_id}-refused.csv")


def _add_previews(app: FastAPI, context: ApiContext, store: PackageStore, caller: Any) -> None:
    database = context.database

    async def answer_of(application: Application, preview_id: int) -> PreviewAnswer:
        async with database.connection() as connection:
            answer = await previews.get(connection, application.access_id, preview_id)
        if answer is None:
            raise HTTPException(404, f"there is no preview {preview_id}")
        return answer

    async def settled(application: Application, preview_id: int) -> PreviewAnswer:
        """Answered, or still waiting after WAIT_SECONDS."""
        for _ in range(round(WAIT_SECONDS / POLL_SECONDS)):
            answer = await answer_of(application, preview_id)
            if answer.state != "waiting":
                break
            await asyncio.sleep(POLL_SECONDS)
        return answer

    @app.post("/apps/{access_id}/previews", responses=UNAUTHORIZED)
    async def preview(application: caller, wanted: PreviewRequest, response: Response) -> PreviewState:
        """Whom would it reach? Answered by a worker; 202 and `waiting` when that takes long: ask again by its id."""
        request = _audience_request(application.access_id, wanted)
        async with database.transaction() as connection:
            preview_id = await previews.ask(connection, request)
        answer = await settled(application, preview_id)
        response.status_code = 202 if answer.state == "waiting" else 200
        return PreviewState.of(preview_id, answer)

    @app.get(
        "/apps/{access_id}/previews/{preview_id}/unmatched", responses=UNAUTHORIZED, response_class=StreamingResponse
    )
    async def preview_unmatched(application: caller, preview_id: int) -> Response:
        """The accounts that are bound to no device now, as CSV. Made by a worker when it is asked for."""
        request = (await answer_of(application, preview_id)).request
        async with database.transaction() as connection:
            listing_id = await previews.ask(connection, request, listing=True)
        answer = await settled(application, listing_id)
        if answer.state != "done":
            raise HTTPException(
                503 if answer.state == "waiting" else 404, answer.failure or "no worker is free; try again"
            )
        pieces = store.read(answer.object_prefix, previews.UNMATCHED)
        return _download(await _begun(pieces), f"preview-{preview_id}-unmatched.csv")

    @app.get("/apps/{access_id}/previews/{preview_id}", responses=UNAUTHORIZED)
    async def get_preview(application: caller, preview_id: int) -> PreviewState:
        """A preview asked for earlier; kept for a day."""
        return PreviewState.of(preview_id, await answer_of(application, preview_id))


def _add_controls(app: FastAPI, context: ApiContext, caller: Any) -> None:
    @app.get("/apps/{access_id}/controls", responses=UNAUTHORIZED)
    async def get_controls(application: caller) -> PushControls:
        """What the application allows of its pushes: daily cap, repetition, hours."""
        async with context.database.connection() as connection:
            now = await applications.find(connection, application.access_id)
        return PushControls.of((now or application).controls)

    @app.put("/apps/{access_id}/controls", responses=UNAUTHORIZED)
    async def set_controls(application: caller, wanted: PushControls) -> PushControls:
        """Replace them all; what is not given is off. In force a second later."""
        try:
            controls = wanted.controls()
        except msgspec.ValidationError as error:
            raise HTTPException(422, str(error)) from None
        async with context.database.connection() as connection:
            await applications.set_controls(connection, application.access_id, controls)
        return PushControls.of(controls)


class _Caller:
    """Who calls: the application of the path, proven by its keys."""

    def __init__(self, context: ApiContext) -> None:
        self._applications = context.applications

    async def __call__(
        self,
        request: Request,
        access_id: int,
        credentials: Annotated[HTTPBasicCredentials, Depends(HTTPBasic(realm="rockdove"))],
    ) -> Application:
        application = await self._applications.find(access_id) if credentials.username == str(access_id) else None
        known = application.secret_key if application else ""
        proven = hmac.compare_digest(known.encode(), credentials.password.encode())
        if application is None or not proven or not application.allows(request.client and request.client.host):
            raise HTTPException(401, "wrong AccessID or SecretKey", {"WWW-Authenticate": 'Basic realm="rockdove"'})
        return application


def _add_faults(app: FastAPI) -> None:
    """What the stages raise, as HTTP."""

    def say(status: int) -> Any:
        async def handler(_: Request, error: Exception) -> Response:
            return JSONResponse({"detail": str(error) or type(error).__name__}, status_code=status)

        return handler

    known: list[tuple[type[Exception], int]] = [
        (UnknownPackageError, 404),
        (PackageInUseError, 409),
        (AudienceError, 404),
        *((error, 503) for error in Unavailable),
    ]
    for error, status in known:
        app.add_exception_handler(error, say(status))


def _audience_request(access_id: int, wanted: PreviewRequest) -> AudienceRequest:
    members = wanted.model_dump(exclude={"message_type"})
    try:
        return msgspec.convert(
            {**members, "access_id": access_id, "notification": wanted.message_type == "notify"}, AudienceRequest
        )
    except msgspec.ValidationError as error:
        raise HTTPException(422, str(error)) from None


def _kept(package: Package) -> Package:
    if package.state != "ready":
        raise HTTPException(404, f"package {package.package_id} is {package.state}: its file is not kept")
    return package


async def _begun(pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Have the first piece before the headers leave: what is not there is then still a 404."""
    first = await anext(pieces, b"")

    async def all_pieces() -> AsyncIterator[bytes]:
        yield first
        async for piece in pieces:
            yield piece

    return all_pieces()


def _download(pieces: AsyncIterator[bytes], name: str, media_type: str = "text/csv; charset=utf-8") -> Response:
    disposition = f"attachment; filename*=utf-8''{quote(name)}"
    return StreamingResponse(pieces, media_type=media_type, headers={"Content-Disposition": disposition})
