"""Products: what a customer calls an app, with at most one application on each platform."""

from __future__ import annotations

from typing import NamedTuple

from rockdove.storage.database import Connection, fetch_all, fetch_one
from rockdove.storage.sql import load

_sql = load(__package__, "products.sql")

LONGEST_NAME, LONGEST_DESCRIPTION = 100, 300


class ProductError(ValueError):
    """A product can't be so; the text says why."""


class UnknownProductError(LookupError):
    """There is no such product."""


class Product(NamedTuple):
    product_id: int
    name: str
    description: str


async def all_products(connection: Connection) -> list[Product]:
    """By name."""
    return [Product(*row) for row in await fetch_all(connection, _sql.all)]


async def add(connection: Connection, name: str, description: str = "") -> Product:
    """Others may have the same name. Raises ProductError."""
    _check(name, description)
    return Product(*await fetch_one(connection, _sql.add, name=name.strip(), description=description))


async def change(connection: Connection, product_id: int, name: str, description: str) -> Product:
    """Raises ProductError, UnknownProductError."""
    _check(name, description)
    values = {"product_id": product_id, "name": name.strip(), "description": description}
    row = await fetch_one(connection, _sql.change, **values)
    if row is None:
        raise UnknownProductError(f"there is no product {product_id}")
    return Product(*row)


async def require(connection: Connection, product_id: int) -> None:
    """Raises UnknownProductError."""
    if await fetch_one(connection, _sql.find, product_id=product_id) is None:
        raise UnknownProductError(f"there is no product {product_id}")


async def for_platform(connection: Connection, name: str, platform: str) -> int:
    """A product of this name that has nothing on the platform yet; made where there is none."""
    row = await fetch_one(connection, _sql.for_platform, name=name, platform=platform)
    return int(row.product_id) if row else (await add(connection, name)).product_id


def _check(name: str, description: str) -> None:
    if not 1 <= len(name.strip()) <= LONGEST_NAME or not name.isprintable():
        raise ProductError(f"a product's name has 1 to {LONGEST_NAME} printable characters")
    if len(description) > LONGEST_DESCRIPTION:
        raise ProductError(f"a product's description has at most {LONGEST_DESCRIPTION} characters")
