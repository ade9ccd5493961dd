"""The child process that renders: without the server's environment, and with bounded time, memory, and output.

A document that makes a library loop, crash, or take all memory ends its own process and nothing else.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

CHILD = Path(__file__).with_name("child.py")
TIMEOUT_SECONDS = 30
CPU_SECONDS = 30
MEMORY_BYTES = 1_610_612_736  # of private memory, of which the engine of the charts reserves half a GiB
MAX_INPUT_BYTES = 16_777_216
FAILED = 3  # the child's status where a library refuses its input


class RenderingFailed(Exception):
    """A library refused what it was to render."""


class RenderingTooCostly(RenderingFailed):
    """Rendering took more than its time or memory, or what was to be rendered is too large."""


def render(kind: str, data: dict[str, Any]) -> bytes:
    """What the child process makes of ``data``: ``pdf``, ``svg``, or ``png``."""
    payload = json.dumps(
        {**data, "kind": kind, "cpu_seconds": CPU_SECONDS, "memory_bytes": MEMORY_BYTES}
    ).encode()
    if len(payload) > MAX_INPUT_BYTES:
        raise RenderingTooCostly(f"The content has {len(payload):,} bytes; the limit is {MAX_INPUT_BYTES:,}.")
    with tempfile.TemporaryDirectory(prefix="remit-") as folder:
        # In isolated mode, Python reads no variable and nothing in the folder, which is all that the child has.
        environment = {"HOME": folder, "TMPDIR": folder, "TZ": "UTC", "LANG": "C.UTF-8"}
        try:
            child = subprocess.run(
                [sys.executable, "-I", str(CHILD)],
                input=payload,
                capture_output=True,
                cwd=folder,
                env=environment,
                timeout=TIMEOUT_SECONDS,
            )
        except subprocess.TimeoutExpired:
            raise RenderingTooCostly(f"Rendering took longer than {TIMEOUT_SECONDS} seconds.") from None
    if child.returncode == FAILED:
        raise RenderingFailed(child.stderr.decode(errors="replace").strip()[-1000:])
    if child.returncode:
        raise RenderingTooCostly(f"Rendering was ended with status {child.returncode}.")
    return child.stdout
