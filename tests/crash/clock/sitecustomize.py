"""A wall clock that a test can set wrong, in every Python process of a server at once.

Python imports this file when it starts with this folder in PYTHONPATH. The file that FAULTY_CLOCK names holds by
how many seconds (a double) the clock is wrong; everybody who asks `time` or `datetime` hears so at once. PostgreSQL and
NATS keep the machine's clock, and nothing here moves a monotonic clock, as no clock jump does.
"""

import ctypes
import datetime
import gc
import mmap
import os
import struct
import time
from typing import Any

_true_time, _true_gmtime = time.time, time.gmtime
with open(os.environ["FAULTY_CLOCK"], "rb") as _file:  # noqa: PTH123
    _wrong_by = mmap.mmap(_file.fileno(), 8, prot=mmap.PROT_READ)


def _time() -> float:
    return float(_true_time() + struct.unpack("d", _wrong_by)[0])


def _gmtime(seconds: Any = None, /) -> time.struct_time:
    return _true_gmtime(_time() if seconds is None else seconds)


def _now(kind: type[datetime.datetime], tz: datetime.tzinfo | None = None) -> datetime.datetime:
    return kind.fromtimestamp(_time(), tz)


time.time, time.gmtime = _time, _gmtime
# A built-in type takes no new method the usual way, and a subclass would not be what everybody else calls a datetime.
(_members,) = (found for found in gc.get_referents(datetime.datetime.__dict__) if isinstance(found, dict))
_members["now"] = classmethod(_now)
ctypes.pythonapi.PyType_Modified(ctypes.py_object(datetime.datetime))
