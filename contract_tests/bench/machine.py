"""The machine under the benchmarks: which core is whose, and who else was using it.

The server under test has core 0 to itself; the load generator and PostgreSQL share core 1.  With one core
nothing is pinned, and the figures say so.
"""

import contextlib
import os
import pathlib
import platform
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
SERVER_CORE, GENERATOR_CORE = 0, 1
CORES = sorted(os.sched_getaffinity(0))
PINNED = SERVER_CORE in CORES and GENERATOR_CORE in CORES


def pin(core: int, pid: int = 0):
    """Bind a process (this one by default) and what it starts to one core, where there are two."""
    if PINNED:
        os.sched_setaffinity(pid, {core})


@contextlib.contextmanager
def on(core: int):
    """What is started inside belongs to that core."""
    before = os.sched_getaffinity(0)
    pin(core)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def processor_seconds(pid: int) -> float:
    """Processor time that a process has used, all threads."""
    return time.clock_gettime((~pid << 3) | 2)


def family_processor_seconds(pid: int) -> float:
    """Processor time of a process and its children, including children that have ended."""
    children = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    seconds = sum(map(int, fields[13:15])) / os.sysconf("SC_CLK_TCK")  # of children that have ended
    for each in (pid, *map(int, children)):
        with contextlib.suppress(OSError):  # it has just ended
            seconds += processor_seconds(each)
    return seconds


def resident_megabytes(pid: int) -> float:
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return round(int(line.split()[1]) / 1024, 1)
    raise ProcessLookupError(pid)


def busy_seconds(core: int) -> float:
    """Processor time that everybody together has used on a core, interrupts left out."""
    for line in pathlib.Path("/proc/stat").read_text().splitlines():
        if line.startswith(f"cpu{core} "):
            user, nice, system = map(int, line.split()[1:4])
            return (user + nice + system) / os.sysconf("SC_CLK_TCK")
    return 0.0


def wait_until_quiet(limit_seconds: float = 60.0, share: float = 0.1) -> bool:
    """Wait until nobody else uses the machine; false when that did not happen in time."""
    deadline = time.monotonic() + limit_seconds
    while time.monotonic() < deadline:
        before, began = sum(map(busy_seconds, CORES)), time.monotonic()
        time.sleep(0.5)
        if (sum(map(busy_seconds, CORES)) - before) / (time.monotonic() - began) < share:
            return True
    return False


def description() -> dict:
    model = next(
        (
            line.split(":", 1)[1].strip()
            for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    return {"processor": model, "cores": len(CORES), "pinned": PINNED, "python": platform.python_version()}
