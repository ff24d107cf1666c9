"""What schemathesis shall see in every answer beside what the document says, and what it can't know of requests.

Loaded by schemathesis, not by pytest.
"""

from __future__ import annotations

from itertools import count
from typing import Any

import schemathesis
from schemathesis import Case, CheckContext, HookContext, Response

_numbers = count()


@schemathesis.check
def both_spellings_agree(context: CheckContext, response: Response, case: Case[Any]) -> None:
    """An answer is a JSON object with its code and text in both dialects, whatever was sent."""
    answer = response.json()
    assert isinstance(answer, dict)
    assert isinstance(answer["ret_code"], int)
    assert isinstance(answer["err_msg"], str)
    assert (answer["ret_code"], answer["err_msg"]) == (answer["retCode"], answer["errMsg"])
    assert answer["ret_code"] == 0 or answer["err_msg"] != "NO_ERROR"


@schemathesis.hook("before_call")
def let_it_through(context: HookContext, case: Case[Any], **_: object) -> None:
    """Its favourite key is used once only, or all pushes but one would be refused as another request under it; and a
    package has a file name, which no schema can ask for."""
    if case.headers.get("Idempotency-Key") == "0":
        case.headers["Idempotency-Key"] = f"0-{next(_numbers)}"
    if case.path.endswith("/upload") and isinstance(case.body, dict) and "file" in case.body:
        content: Any = case.body["file"]  # whatever its generator makes
        raw = bytes(content) if isinstance(content, bytes | bytearray) else str(content).encode("utf-8", "replace")
        head = b'--RockdoveForm\r\nContent-Disposition: form-data; name="file"; filename="accounts.txt"\r\n\r\n'
        case.body = head + raw + b"\r\n--RockdoveForm--\r\n"
        case.headers["Content-Type"] = "multipart/form-data; boundary=RockdoveForm"
