"""Devices: one app install, under a dense id that bitmaps can hold."""

from __future__ import annotations

from typing import Final

AVAILABLE_DAYS: Final = 90
"""A device not seen for longer is unavailable: it keeps its bindings and gets nothing."""

OWN_CHANNEL: Final = "xg"
"""TPNS's name for its own long connection; ours is reported under the same one."""

CHANNELS: Final = frozenset(
    {OWN_CHANNEL, "hw", "xm", "mz", "oppo", "vivo", "honor", "harmony", "fcm", "apns", "webpush"}
)
"""Every channel a push may name (TPNS's spellings, which its users know)."""

SILENT_CHANNELS: Final = frozenset({"apns"})
"""The vendors' channels that carry a message nobody sees."""

VENDOR_CHANNELS: Final = CHANNELS - {OWN_CHANNEL}
