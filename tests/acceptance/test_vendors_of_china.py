"""A push to phones that are off line, over the makers' services in China: from the API to the fake vendor, and back."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from rockdove.cli.rest import RestError
from rockdove.domain.token import new_token
from rockdove.testing.vendors.harmony import FakeHarmony
from rockdove.testing.vendors.honor import FakeHonor
from rockdove.testing.vendors.huawei import FakeHuawei
from rockdove.testing.vendors.meizu import FakeMeizu
from rockdove.testing.vendors.oppo import FakeOppo
from rockdove.testing.vendors.server import FakeVendor
from rockdove.testing.vendors.vivo import FakeVivo
from rockdove.testing.vendors.xiaomi import FakeXiaomi
from tests.console import administrator
from tests.fake_vendors import running
from tests.server import Server, wait_until

TAKEN, GONE = 2500, 30


@pytest.mark.parametrize("fake", [FakeHuawei, FakeHarmony, FakeHonor, FakeXiaomi, FakeOppo, FakeVivo, FakeMeizu])
def test_a_push_to_all(server: Server, fake: Callable[[], FakeVendor]) -> None:
    with running(fake()) as vendor:
        name = f"Sells over {vendor.name}"
        app = server.app(name)["access_id"]
        settings = {"settings": vendor.settings() | {"devices_per_second": 5000}}  # of Meizu it would be 200
        saved = administrator(server).call("PUT", f"/apps/{app}/channels/{vendor.name}", settings)
        assert saved.status == 200, saved.body
        tokens = [vendor.token("ok", number) for number in range(TAKEN)]
        tokens += [vendor.token("gone", number) for number in range(GONE)]
        rows = [f"{new_token()},android,{vendor.name},{token}" for token in tokens]
        server.import_devices(app, "token,platform,channel,channel_token", rows)

        push(server, name, "Sale")
        wait_until(lambda: len(vendor.accepted) == TAKEN, "every phone has it from its maker")
        assert set(vendor.accepted.values()) == {1}
        before = len(vendor.requests)
        vendor.accepted.clear()
        push(server, name, "Last day of the sale")
        wait_until(lambda: len(vendor.accepted) == TAKEN, "every phone has the next one")
        asked = b"".join(request.body for request in vendor.requests[before:])
        assert b"ok-1" in asked
        assert b"gone-" not in asked  # they have left the audience


def push(server: Server, name: str, title: str) -> None:
    """To all, which is allowed once a second."""
    message = {"title": title, "content": "Half price today"}
    body = {"audience_type": "all", "message_type": "notify", "message": message}

    def taken() -> bool:
        try:
            return bool(server.rest(name).post("/v3/push/app", body)["push_id"])
        except RestError:
            return False

    wait_until(taken, "the push is taken")
