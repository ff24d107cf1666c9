"""docs/device-protocol.md says everything an app developer needs, and nothing that is not so."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from rockdove.api.device.errors import DeviceApiError
from rockdove.api.device.requests import AccountsRequest, AttributesRequest, RegisterRequest, TagsRequest
from rockdove.api.device.routes import DeviceRoutes
from rockdove.devices.registration import RegistrationError
from rockdove.domain.device import VENDOR_CHANNELS
from rockdove.receipts.report import EVENTS

TEXT = (Path(__file__).parents[3] / "docs/device-protocol.md").read_text("utf-8")


def names() -> list[str]:
    codes = [error.code for kind in (DeviceApiError, RegistrationError) for error in kind.__subclasses__()]
    routes = [route.path for route in DeviceRoutes.__new__(DeviceRoutes).routes()]
    requests = (RegisterRequest, AccountsRequest, TagsRequest, AttributesRequest)
    members = [member for request in requests for member in request.__struct_fields__]
    return [*codes, *members, *routes, *sorted(VENDOR_CHANNELS), *EVENTS]


@pytest.mark.parametrize("name", names())
def test_is_explained(name: str) -> None:
    assert re.search(rf"(?<![\w]){re.escape(name.removeprefix('/device/v1/'))}(?![\w])", TEXT), name
