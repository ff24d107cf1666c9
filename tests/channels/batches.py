"""What a test of a vendor's channel sends, and what it sends with."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from rockdove.channels.channel import Batch, Target
from rockdove.channels.http import Sender
from rockdove.channels.provider import Connections
from rockdove.channels.tokens import Fetch
from rockdove.testing.vendors.server import FakeVendor

MESSAGE = {"title": "Sale", "content": "Half price today", "android": {"custom_content": '{"order":"7"}'}}
PUSH_ID = 1328245138690125824
RECEIPT_URL = "https://push.example/r/secret"


class MemoryTokens:
    """Access tokens of one process."""

    def __init__(self) -> None:
        self.token = ""
        self.fetched = 0

    async def get(self, fetch: Fetch) -> str:
        if not self.token:
            self.token = (await fetch()).text
            self.fetched += 1
        return self.token

    async def refuse(self, token: str) -> None:
        if token == self.token:
            self.token = ""


@asynccontextmanager
async def connected(vendor: FakeVendor, receipt_url: str = RECEIPT_URL) -> AsyncIterator[Connections]:
    async with Sender(ca_file=str(vendor.ca_file)) as sender:
        yield Connections(sender=sender, tokens=MemoryTokens(), receipt_url=receipt_url)


def message(**android: Any) -> dict[str, Any]:
    return MESSAGE | {"android": android}


def batch(*tokens: str, message: dict[str, Any] = MESSAGE, hours: float = 1, push_id: int = PUSH_ID) -> Batch:
    return Batch(
        access_id=1500000001,
        push_id=push_id,
        message_type="notify",
        message=message,
        environment="product",
        collapse_id=0,
        expires_at=datetime.now(UTC) + timedelta(hours=hours),
        targets=[Target(number, token) for number, token in enumerate(tokens, 1)],
    )
