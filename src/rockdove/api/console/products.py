"""`/products`: products and the applications in them."""

# No postponed annotations here: FastAPI reads them at definition.

from collections import defaultdict

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from rockdove.api.console.callers import Administrator, Context, SignedIn, actor_of
from rockdove.api.console.faults import RESPONSES
from rockdove.devices import applications, products
from rockdove.devices.applications import Application
from rockdove.members import audit
from rockdove.members.audit import Action

router = APIRouter(tags=["products"], responses=RESPONSES)


class ApplicationSummary(BaseModel):
    access_id: int
    name: str
    platform: str = Field(description="android or ios")
    role: str = Field(description="what you may do there: administrator, operator or viewer")
    disabled: bool
    timezone: str


class ProductAnswer(BaseModel):
    product_id: int
    name: str
    description: str
    applications: list[ApplicationSummary]


class ProductWanted(BaseModel):
    name: str = Field(max_length=200)
    description: str = Field("", max_length=1000)


class ApplicationWanted(BaseModel):
    """Keys of a former TPNS application can be kept: its clients and servers then go on as they are."""

    name: str = Field(max_length=200)
    platform: str
    access_id: int | None = None
    access_key: str | None = Field(None, max_length=200)
    secret_key: str | None = Field(None, max_length=200)
    main_package: str = Field("", max_length=200)
    timezone: str = Field("", description="empty: the server's default")


@router.get("/products")
async def list_products(context: Context, session: SignedIn) -> list[ProductAnswer]:
    """By name. Who is no administrator sees what they have a role in."""
    async with context.database.connection() as connection:
        found = await products.all_products(connection)
        known = await applications.list_all(connection)
    shown: defaultdict[int, list[ApplicationSummary]] = defaultdict(list)
    for application in known:
        if role := session.member.role_in(application.access_id):
            shown[application.product_id].append(summary_of(application, role))
    return [
        ProductAnswer(**product._asdict(), applications=shown[product.product_id])
        for product in found
        if session.member.administrator or product.product_id in shown
    ]


@router.post("/products", status_code=201)
async def create_product(
    context: Context, request: Request, session: Administrator, wanted: ProductWanted
) -> ProductAnswer:
    async with context.database.transaction() as connection:
        product = await products.add(connection, wanted.name, wanted.description)
        await audit.record(connection, actor_of(request, session), Action.CREATE_PRODUCT, object=product.name)
    return ProductAnswer(**product._asdict(), applications=[])


@router.put("/products/{product_id}", status_code=204)
async def change_product(
    context: Context, request: Request, session: Administrator, product_id: int, wanted: ProductWanted
) -> None:
    async with context.database.transaction() as connection:
        product = await products.change(connection, product_id, wanted.name, wanted.description)
        await audit.record(connection, actor_of(request, session), Action.MODIFY_PRODUCT, object=product.name)


@router.post("/products/{product_id}/applications", status_code=201)
async def create_application(
    context: Context, request: Request, session: Administrator, product_id: int, wanted: ApplicationWanted
) -> ApplicationSummary:
    """An application for one platform of the product, with new keys or those it had at TPNS."""
    values = wanted.model_dump(exclude={"name", "platform", "timezone"})
    timezone = wanted.timezone or context.api.settings.default_timezone
    async with context.database.transaction() as connection:
        await products.require(connection, product_id)
        application = await applications.create(
            connection, wanted.name, wanted.platform, **values, timezone=timezone, product_id=product_id
        )
        await audit.record(
            connection,
            actor_of(request, session),
            Action.CREATE_APP,
            access_id=application.access_id,
            object=application.name,
            kept_keys=wanted.secret_key is not None,
        )
    return summary_of(application, "administrator")


def summary_of(application: Application, role: str) -> ApplicationSummary:
    names = ("access_id", "name", "platform", "disabled", "timezone")
    return ApplicationSummary(**{name: getattr(application, name) for name in names}, role=role)
