"""What a device receives on the own channel: one JSON object a message, the same bytes for every device of a push."""

from __future__ import annotations

from typing import Any

import msgspec

OURS = ("type", "push_id", "seq", "collapse_id", "expire_at")
"""Members that say something about the push; one of a message under the same name is left out."""


def device_message(
    push_id: int, seq: int, message_type: str, message: dict[str, Any], expire_at: int, *, collapse_id: int = 0
) -> bytes:
    """Members of our own first, then the push's message as it was given (title, content, android, ios, …).

    `push_id` is a decimal string (JSON numbers lose digits beyond 2^53), `seq` orders the pushes of an application by
    the time they were sent, `expire_at` is Unix seconds (0: for who is connected only, and without an end). A message
    with a `collapse_id` takes the place of an earlier one with the same.
    """
    own = {"type": message_type, "push_id": str(push_id), "seq": seq}
    collapse = {"collapse_id": str(collapse_id)} if collapse_id else {}
    given = {name: value for name, value in message.items() if name not in OURS}
    return msgspec.json.encode({**own, **given, **collapse, "expire_at": expire_at})


def recall_message(push_id: int) -> bytes:
    """Asks a device to take back the notification of a push."""
    return msgspec.json.encode({"type": "recall", "push_id": str(push_id)})
