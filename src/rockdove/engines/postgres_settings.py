"""PostgreSQL's configuration for this machine: memory from what we may use, safety as it comes, everything else said
why."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from rockdove.engines.memory import usable_bytes

MB = 1024 * 1024
MAX_CONNECTIONS = 200
LOCAL_SETTINGS = "local.conf"
SHARED_MEMORY_NEEDED = 1024 * MB
"""In /dev/shm, for the workers of parallel queries. Containers often have 64 MB there."""

ACCESS_RULES = """\
# Written at every start. Only the socket, only with a password.
local all all scram-sha-256
"""

_FIXED = """\
# Written at every start; your own settings belong into local.conf beside this file, which is read last.

# No TCP port; the socket's folder is 0700 as well.
listen_addresses = ''
unix_socket_permissions = 0700
password_encryption = 'scram-sha-256'
max_connections = {max_connections}

# A committed push is on the disk.
fsync = on
synchronous_commit = on
full_page_writes = on

# Fewer, larger checkpoints: bulk loads write much in little time.
wal_compression = on
checkpoint_timeout = '15min'

# Disks without seek times; JIT compilation costs more than it gains on our short queries.
random_page_cost = 1.1
jit = off
huge_pages = try

# The same answers on every machine.
timezone = 'UTC'
datestyle = 'iso, ymd'
default_text_search_config = 'pg_catalog.simple'
lc_messages = 'C'
lc_monetary = 'C'
lc_numeric = 'C'
lc_time = 'C'

# The log: standard error, into a file of bounded length. Parameters of a statement may be personal data.
log_destination = 'stderr'
logging_collector = off
log_timezone = 'UTC'
log_line_prefix = '%m [%p] %a '
log_checkpoints = off
log_lock_waits = on
log_min_duration_statement = '10s'
log_parameter_max_length = 0
log_parameter_max_length_on_error = 0
"""


def configuration(data: Path, sockets: Path) -> str:
    """The text of postgresql.conf."""
    values = memory_settings(usable_bytes()) | disk_settings(shutil.disk_usage(data).total)
    values |= {
        "dynamic_shared_memory_type": _shared_memory_type(),
        "unix_socket_directories": str(sockets),
    }
    lines = "".join(f"{name} = {quoted(value)}\n" for name, value in values.items())
    fixed = _FIXED.format(max_connections=MAX_CONNECTIONS)
    return f"{fixed}\n# This machine.\n{lines}\ninclude = '{LOCAL_SETTINGS}'\n"


def memory_settings(usable: int) -> dict[str, str]:
    """For a machine that lets us use so many bytes, and on which our own processes live too."""
    return {
        "shared_buffers": _megabytes(usable // 4, 64, 8192),
        "effective_cache_size": _megabytes(usable // 2, 128, 1024 * 1024),
        "work_mem": _megabytes(usable // 256, 4, 128),
        "maintenance_work_mem": _megabytes(usable // 16, 64, 1024),
    }


def disk_settings(size: int) -> dict[str, str]:
    """Between two checkpoints the write-ahead log takes at most a twentieth of the disk."""
    return {"max_wal_size": _megabytes(size // 20, 256, 4096), "min_wal_size": "128MB"}


def quoted(value: str) -> str:
    """As a configuration file wants it."""
    return "'" + value.replace("\\", "\\\\").replace("'", "''") + "'"


def _megabytes(count: int, least: int, most: int) -> str:
    return f"{min(max(count // MB, least), most)}MB"


def _shared_memory_type() -> str:
    """POSIX shared memory lies in /dev/shm; where that is too small for parallel queries, System V's has no such
    limit."""
    try:
        space = os.statvfs("/dev/shm")  # noqa: S108  the kernel's, not a temporary file
    except OSError:
        return "sysv"
    return "posix" if space.f_frsize * space.f_blocks >= SHARED_MEMORY_NEEDED else "sysv"
