"""`POST /r/{channel}/{access_id}/{tag}`: where vendors report what became of a message.

The address is told to the vendor alone (`channels.configured.receipt_path`), and each provider checks the signature of
those that sign. An answer of 200 comes after the commit: what could not be kept is reported again, as vendors do.
"""

from __future__ import annotations

import hmac
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from rockdove.channels import configured
from rockdove.channels.channel import GoneToken
from rockdove.channels.provider import ForgedReceiptError, Provider, Receipt, ReceiptRequest
from rockdove.channels.registry import PROVIDERS
from rockdove.channels.settings import ChannelSettings
from rockdove.devices import gone_tokens
from rockdove.devices.vendor_tokens import devices_of
from rockdove.observe import log
from rockdove.receipts.fold import Fold
from rockdove.receipts.report import Event
from rockdove.storage.database import Database, Unavailable
from rockdove.storage.vault import Vault

BODY_BYTES = 2 * 1024 * 1024
RECEIPTS_AT_ONCE = 10_000
_UNREADABLE = (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, OSError)
"""What a provider may stumble over in a body that is no receipt."""


@dataclass(frozen=True, slots=True)
class VendorReceipts:
    """The endpoint. Settings are read for each call: vendors report in bundles of up to a thousand."""

    database: Database
    vault: Vault
    fold: Fold

    def routes(self) -> list[Route]:
        return [Route("/r/{channel}/{access_id:int}/{tag}", self.receive, methods=["POST"])]

    async def receive(self, request: Request) -> Response:
        channel, access_id = request.path_params["channel"], request.path_params["access_id"]
        path = configured.receipt_path(self.vault, channel, access_id)
        if channel not in PROVIDERS or not hmac.compare_digest(request.url.path.encode(), path.encode()):
            return _answer(404, "no such address")
        try:
            found = await self._settings(channel, access_id)
            if found is None:
                return _answer(404, f"{channel} is not set up")
            body = await _body(request)
            if body is None:
                return _answer(413, f"at most {BODY_BYTES} bytes")
            return await self._take(access_id, *found, _request(request, body))
        except ClientDisconnect:
            return _answer(400, "cut off")
        except (*Unavailable, TimeoutError) as error:
            log.warning("database away: a vendor's receipts are refused", channel=channel, error=str(error))
            return _answer(503, "try again")

    async def _settings(self, channel: str, access_id: int) -> tuple[Provider, ChannelSettings] | None:
        """Also of a channel that is switched off: what it sent before may still be reported."""
        async with self.database.connection() as connection:
            found = await configured.read(connection, self.vault, access_id, PROVIDERS[channel])
        return (found.provider, found.settings) if found and found.settings and found.provider.receipts else None

    async def _take(
        self, access_id: int, provider: Provider, settings: ChannelSettings, request: ReceiptRequest
    ) -> Response:
        try:
            receipts = provider.receipts(settings, request) if provider.receipts else []
        except (ForgedReceiptError, *_UNREADABLE) as error:
            log.warning("receipts refused", channel=provider.name, access_id=access_id, error=str(error))
            return _answer(403, "this is no receipt of the vendor's")
        if len(receipts) > RECEIPTS_AT_ONCE:
            return _answer(413, f"at most {RECEIPTS_AT_ONCE} receipts")
        await self.keep(access_id, provider.name, receipts)
        return _answer(200, "ok")

    async def keep(self, access_id: int, channel: str, receipts: Sequence[Receipt]) -> None:
        """Returns after the commit, or raises TimeoutError. Tokens that are nobody's are let go: the device has another
        one by now.
        """
        if not receipts:
            return
        async with self.database.transaction() as connection:
            devices = await devices_of(connection, access_id, channel, (receipt.token for receipt in receipts))
            if gone := list(_gone(receipts, devices)):
                await gone_tokens.mark(connection, access_id, channel, gone)
        failed = [receipt.reason for receipt in receipts if receipt.event == "failed"]
        if failed:
            log.info("not delivered, says the vendor", channel=channel, devices=len(failed), first_reason=failed[0])
        await self.fold.add_all(access_id, _events(receipts, devices))


def _gone(receipts: Sequence[Receipt], devices: dict[str, int]) -> list[GoneToken]:
    latest: dict[str, datetime] = {}
    for receipt in receipts:
        if receipt.event == "gone" and receipt.token in devices:
            latest[receipt.token] = receipt.at
    return [GoneToken(devices[token], token, at) for token, at in latest.items()]


def _events(receipts: Sequence[Receipt], devices: dict[str, int]) -> dict[tuple[int, Event], list[int]]:
    found: defaultdict[tuple[int, Event], list[int]] = defaultdict(list)
    for receipt in receipts:
        if receipt.event in {"arrived", "clicked"} and receipt.token in devices:
            event: Event = "arrived" if receipt.event == "arrived" else "clicked"
            found[receipt.push_id, event].append(devices[receipt.token])
    return found


async def _body(request: Request) -> bytes | None:
    """None: it is too large."""
    parts, size = [], 0
    async for chunk in request.stream():
        parts.append(chunk)
        size += len(chunk)
        if size > BODY_BYTES:
            return None
    return b"".join(parts)


def _request(request: Request, body: bytes) -> ReceiptRequest:
    return ReceiptRequest(dict(request.headers), dict(request.query_params), body)


def _answer(status: int, says: str) -> Response:
    """Huawei and others look for a code in the body, 0 meaning well."""
    return JSONResponse({"code": "0" if status == 200 else str(status), "message": says}, status_code=status)
