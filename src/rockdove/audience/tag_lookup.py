"""Where the devices of a tag come from: custom tags from their sets, preset ones from the columns of devices."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime

from pyroaring import BitMap

from rockdove.audience.bitmaps import of_mask
from rockdove.audience.tag_rules import Lookup, TagType
from rockdove.audience.view import View

_ATTRIBUTES = {
    TagType.APP_VERSION: "app_version",
    TagType.APP_VERSION_MISSPELT: "app_version",
    TagType.PROVINCE: "province",
    TagType.CITY: "city",
    TagType.COUNTRY: "country",
    TagType.SDK_VERSION: "sdk_version",
    TagType.OS_VERSION: "os_version",
    TagType.LANGUAGE: "language",
    TagType.BRAND: "brand",
    TagType.MODEL: "model",
}


def lookup_in(view: View) -> Lookup:
    """The devices of a tag, as of the view; of one that does not exist, none."""

    def lookup(tag_type: TagType, tag: str) -> BitMap:
        if tag_type == TagType.CUSTOM:
            tag_id = view.tag_ids.get(tag)
            return BitMap() if tag_id is None else view.tags.devices(tag_id)
        if tag_type == TagType.ACTIVE:
            return _last_seen_on(view, tag)
        attribute = _ATTRIBUTES[tag_type]
        return of_mask(view.devices.ask(lambda devices: devices.equals(attribute, tag)))

    return lookup


def _last_seen_on(view: View, day: str) -> BitMap:
    with suppress(ValueError):
        seconds = datetime.strptime(day, "%Y%m%d").replace(tzinfo=UTC).timestamp()
        return view.reading.seen_on(int(seconds) // 86_400)
    return BitMap()
