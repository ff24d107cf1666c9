"""`/apps/{access_id}/tags` and `/attributes`: the names an application's tags and user attributes have."""

# No postponed annotations here: FastAPI reads them at definition.

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, Field

from rockdove.api.console.callers import Context, Manager, Operator, Viewer
from rockdove.api.console.faults import RESPONSES
from rockdove.devices import attributes, tags
from rockdove.members import audit
from rockdove.members.audit import Action

router = APIRouter(prefix="/apps/{access_id}", tags=["tags"], responses=RESPONSES)


class TagAnswer(BaseModel):
    tag: str
    devices: int | None = Field(description="that carry it, as of `counted_at`; null: not counted yet")


class TagList(BaseModel):
    total: int
    counted_at: datetime | None
    tags: list[TagAnswer]


class AttributeWanted(BaseModel):
    name: str = Field(min_length=1, max_length=200)


@router.get("/tags")
async def list_tags(
    context: Context,
    access: Viewer,
    search: Annotated[str, Query(max_length=200)] = "",
    after: Annotated[str, Query(description="go on behind this tag")] = "",
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> TagList:
    """Custom tags by name. Who carries them is counted every few minutes."""
    async with context.database.connection() as connection:
        found = await tags.page(connection, access.access_id, search=search, after=after, maximum=limit)
    return TagList(
        total=found.total,
        counted_at=found.counted_at,
        tags=[TagAnswer(tag=tag, devices=devices) for tag, devices in found.tags],
    )


@router.delete("/tags", status_code=204)
async def delete_tag(
    context: Context, access: Operator, tag: Annotated[str, Query(min_length=1, max_length=200)]
) -> None:
    """From every device, and from the list."""
    async with context.database.transaction() as connection:
        await tags.delete(connection, access.access_id, [tag])
        await audit.record(connection, access.actor, Action.DELETE_TAG, access_id=access.access_id, object=tag)


@router.get("/attributes")
async def list_attributes(context: Context, access: Viewer) -> list[str]:
    """Names that texts of personalised pushes can use, {{name}}."""
    async with context.database.connection() as connection:
        return sorted(await attributes.names(connection, access.access_id))


@router.post("/attributes", status_code=204)
async def create_attribute(context: Context, access: Manager, wanted: AttributeWanted) -> None:
    """Servers can set values under it from now on."""
    most = context.api.settings.limits.attribute_bytes
    async with context.database.transaction() as connection:
        await attributes.add_names(connection, access.access_id, [wanted.name], most)
        await audit.record(
            connection, access.actor, Action.CREATE_ATTRIBUTE, access_id=access.access_id, object=wanted.name
        )


@router.delete("/attributes/{name}", status_code=204)
async def delete_attribute(
    context: Context, access: Manager, name: Annotated[str, Path(min_length=1, max_length=200)]
) -> None:
    """Values under it are kept, and seen by nobody while the name is gone."""
    async with context.database.transaction() as connection:
        await attributes.remove_names(connection, access.access_id, [name])
        await audit.record(connection, access.actor, Action.DELETE_ATTRIBUTE, access_id=access.access_id, object=name)
