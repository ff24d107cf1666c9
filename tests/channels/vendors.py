"""The vendors that `test_conformance.py` runs over: a line for each, with what is particular to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from rockdove.channels.channel import Outcome, Rejected, TokenGone
from rockdove.channels.vapid import generate_keys
from rockdove.testing.vendors.apns import FakeApns
from rockdove.testing.vendors.fcm import FakeFcm, service_account
from rockdove.testing.vendors.harmony import FakeHarmony, key_file
from rockdove.testing.vendors.honor import FakeHonor
from rockdove.testing.vendors.huawei import FakeHuawei
from rockdove.testing.vendors.meizu import FakeMeizu
from rockdove.testing.vendors.oppo import FakeOppo
from rockdove.testing.vendors.server import FakeVendor
from rockdove.testing.vendors.vivo import FakeVivo
from rockdove.testing.vendors.webpush import FakeWebPush
from rockdove.testing.vendors.xiaomi import FakeXiaomi


@dataclass(frozen=True, kw_only=True)
class Vendor:
    fake: Callable[[], FakeVendor]
    module: str
    """Of provider, fake and documentation."""
    wrong: Callable[[Any], dict[str, Any]]
    """From a fake: what makes its settings those of somebody it does not know."""
    bad: type[Outcome] = Rejected
    """What becomes of a token that the vendor calls bad."""
    batches: bool = True
    """Many devices a request."""
    fetches_tokens: bool = True
    """Access tokens end, and another one helps."""
    says_retry: bool = True
    """Of one device of a batch it can say: not now."""
    has_quota: bool = True
    refuses_long_texts: bool = True
    one_party: bool = True
    """There is one vendor, who is busy, or does not know us, for all devices alike; not one for each maker of a browser
    and a key for each subscription."""


VENDORS: Final = {
    "apns": Vendor(
        fake=FakeApns,
        module="apns",
        wrong=lambda fake: {"key": fake.teams[1].p8},
        batches=False,
        fetches_tokens=False,  # it signs them itself, one in 40 minutes: test_apns.py
        has_quota=False,
    ),
    "fcm": Vendor(
        fake=FakeFcm,
        module="fcm",
        wrong=lambda fake: {"service_account": service_account("of somebody else")},
        bad=TokenGone,
        batches=False,
        has_quota=False,
    ),
    "harmony": Vendor(
        fake=FakeHarmony,
        module="harmony",
        wrong=lambda fake: {"service_account_key": key_file(1)},
        says_retry=False,
        has_quota=False,
    ),
    "honor": Vendor(
        fake=FakeHonor,
        module="honor",
        wrong=lambda fake: {"client_secret": "of somebody else"},
        says_retry=False,
        has_quota=False,
    ),
    "hw": Vendor(
        fake=FakeHuawei,
        module="huawei",
        wrong=lambda fake: {"client_secret": "of somebody else"},
        bad=TokenGone,
        says_retry=False,
        has_quota=False,
    ),
    "mz": Vendor(
        fake=FakeMeizu,
        module="meizu",
        wrong=lambda fake: {"app_secret": "of somebody else"},
        bad=TokenGone,
        fetches_tokens=False,
        says_retry=False,
        has_quota=False,
    ),
    "oppo": Vendor(
        fake=FakeOppo,
        module="oppo",
        wrong=lambda fake: {"master_secret": "of somebody else"},
        bad=TokenGone,
        says_retry=False,
    ),
    "vivo": Vendor(
        fake=FakeVivo,
        module="vivo",
        wrong=lambda fake: {"app_secret": "of somebody else"},
        says_retry=False,
    ),
    "webpush": Vendor(
        fake=FakeWebPush,
        module="webpush",
        wrong=lambda fake: {"vapid_private_key": generate_keys().private_key},
        batches=False,
        fetches_tokens=False,
        has_quota=False,
        one_party=False,
    ),
    "xm": Vendor(
        fake=FakeXiaomi,
        module="xiaomi",
        wrong=lambda fake: {"app_secret": "of somebody else"},
        bad=TokenGone,
        fetches_tokens=False,
        says_retry=False,
    ),
}
