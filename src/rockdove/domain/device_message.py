"""What a device receives on the own channel: one JSON object a message, the same bytes for every device of a push."""

from __future__ import annotations

from typing import Any

import msgspec


def device_message(push_id: int, seq: int, message_type: str, message: dict[str, Any], expire_at: int) -> bytes:
    """Members of our own first, then the push's message as it was given (title, content, android, ios, …).

    `push_id` is a decimal string (JSON numbers lose digits beyond 2^53), `seq` orders the pushes of an application by
    the time they were sent, `expire_at` is Unix seconds.
    """
    own = {"type": message_type, "push_id": str(push_id), "seq": seq}
    return msgspec.json.encode({**own, **{k: v for k, v in message.items() if k not in own}, "expire_at": expire_at})
