"""`/apps/{access_id}/packages`: uploaded files and the verdicts on their lines."""

# No postponed annotations here: FastAPI reads them at definition.

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, HTTPException, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from rockdove.api.console.callers import Access, Context, Operator, Viewer
from rockdove.api.console.context import ConsoleContext
from rockdove.api.console.downloads import begun, download
from rockdove.api.console.faults import RESPONSES
from rockdove.ingest.depot import Package
from rockdove.ingest.verdict import Verdict
from rockdove.members import audit
from rockdove.members.audit import Action
from rockdove.storage.database import Connection

router = APIRouter(prefix="/apps/{access_id}/packages", tags=["packages"], responses=RESPONSES)


class RefusedLine(BaseModel):
    line: int
    reason: str
    text: str


class PackageAnswer(BaseModel):
    """A package and the verdict on its lines."""

    package_id: int
    state: str = Field(description="ready, rejected (only the verdict is kept) or deleted")
    file_name: str
    file_bytes: int
    lines: int
    accounts: int
    duplicates: int
    invalid: int
    invalid_by_reason: dict[str, int]
    examples: list[RefusedLine] = Field(description="the first refused lines; all of them are in the download")
    header_warning: str
    fault: str = Field(description="why the whole file was refused; empty when it was accepted")
    source: str
    uploaded_at: datetime
    uploaded_by: str = Field(description="who did in the console; empty: a program, or it is not known")
    expires_at: datetime
    same_as: int | None = Field(description="an earlier package of the same content")

    @classmethod
    def of(cls, package: Package, uploaded_by: str = "") -> "PackageAnswer":
        verdict = package.verdict
        return cls(
            package_id=package.package_id,
            state=package.state,
            file_name=package.file_name,
            file_bytes=package.file_bytes,
            lines=verdict.lines,
            accounts=verdict.accounts,
            duplicates=verdict.duplicates,
            invalid=verdict.invalid,
            invalid_by_reason=verdict.invalid_by_reason,
            examples=[RefusedLine(line=e.line, reason=e.reason, text=e.text) for e in verdict.examples],
            header_warning=verdict.header_warning,
            fault=verdict.fault,
            source=package.source,
            uploaded_at=package.uploaded_at,
            uploaded_by=uploaded_by,
            expires_at=package.expires_at,
            same_as=package.same_as,
        )


@router.get("")
async def list_packages(
    context: Context, access: Viewer, before: int | None = None, limit: Annotated[int, Query(ge=1, le=200)] = 50
) -> list[PackageAnswer]:
    """Newest first, refused ones too; go on with `before` = the last package_id."""
    found = await context.packages.list(access.access_id, before, limit)
    names = await _uploaders(context, access, [package.package_id for package in found])
    return [PackageAnswer.of(package, names.get(package.package_id, "")) for package in found]


@router.get("/{package_id}")
async def get_package(context: Context, access: Viewer, package_id: int) -> PackageAnswer:
    """One package with its verdict."""
    package = await context.packages.get(access.access_id, package_id)
    names = await _uploaders(context, access, [package_id])
    return PackageAnswer.of(package, names.get(package_id, ""))


@router.post("", status_code=201)
async def upload_package(
    context: Context,
    access: Operator,
    request: Request,
    name: Annotated[str, Query(max_length=1000, description="the file's name, with .txt, .csv or .zip")],
) -> PackageAnswer:
    """The file itself is the body, application/octet-stream. 201: the package with its verdict. 422: what is wrong with
    it, and the `verdict` as far as it was read.
    """

    async def also(connection: Connection, package_id: int, verdict: Verdict) -> None:
        await audit.record(
            connection,
            access.actor,
            Action.UPLOAD_PACKAGE,
            access_id=access.access_id,
            object=package_id,
            file_name=name,
            **({"refused": verdict.fault} if verdict.fault else {"accounts": verdict.accounts}),
        )

    async with context.packages.receive(access.access_id, name, "web", also) as upload:
        async for chunk in request.stream():
            await upload.write(chunk)
        return PackageAnswer.of(await upload.finish(also), access.actor.name)


@router.delete("/{package_id}", status_code=204)
async def delete_package(context: Context, access: Operator, package_id: int) -> None:
    """Delete it, unless a push still needs it (409)."""
    await context.packages.delete(access.access_id, package_id)
    async with context.database.connection() as connection:
        await audit.record(
            connection, access.actor, Action.DELETE_PACKAGE, access_id=access.access_id, object=package_id
        )


@router.get("/{package_id}/file", response_class=StreamingResponse)
async def package_file(context: Context, access: Operator, package_id: int) -> Response:
    """The file as it was uploaded."""
    package = _kept(await context.packages.get(access.access_id, package_id))
    pieces = await begun(context.packages.open_original(package))
    async with context.database.connection() as connection:
        await audit.record(
            connection, access.actor, Action.DOWNLOAD_PACKAGE, access_id=access.access_id, object=package_id
        )
    return download(pieces, package.file_name, "application/octet-stream")


@router.get("/{package_id}/refused", response_class=StreamingResponse)
async def package_refused(context: Context, access: Operator, package_id: int) -> Response:
    """Every refused line: line, reason, text, as CSV."""
    package = _kept(await context.packages.get(access.access_id, package_id))
    return download(await begun(context.packages.open_refused(package)), f"package-{package_id}-refused.csv")


async def _uploaders(context: ConsoleContext, access: Access, package_ids: list[int]) -> dict[int, str]:
    """Who uploaded what, as the audit log has it."""
    async with context.database.connection() as connection:
        deeds = await audit.about(connection, access.access_id, [Action.UPLOAD_PACKAGE], package_ids)
    return {int(deed.object): deed.actor for deed in deeds}


def _kept(package: Package) -> Package:
    if package.state != "ready":
        raise HTTPException(404, f"package {package.package_id} is {package.state}: its file is not kept")
    return package
