"""The providers there are, one line each."""

from __future__ import annotations

from typing import Final

from rockdove.channels import apns, fcm, harmony, honor, huawei, meizu, oppo, vivo, webpush, xiaomi
from rockdove.channels.provider import Provider

PROVIDERS: Final[dict[str, Provider]] = {
    provider.name: provider
    for provider in (
        apns.PROVIDER,
        fcm.PROVIDER,
        harmony.PROVIDER,
        honor.PROVIDER,
        huawei.PROVIDER,
        meizu.PROVIDER,
        oppo.PROVIDER,
        vivo.PROVIDER,
        webpush.PROVIDER,
        xiaomi.PROVIDER,
    )
}  # fmt: skip
