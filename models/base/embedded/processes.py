"""Processes: the claim on a data folder, and the PostgreSQL processes that still run in it."""

import contextlib
import fcntl
import json
import os
import signal
import threading
import time
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

SHUT_DOWN_SECONDS, QUIT_SECONDS = 15, 15  # for an old server to end: in order, then at once

Progress = Callable[[str], object]  # called with a line of progress


def print_nothing(_: str) -> None:
    """Discard a line of progress."""


class ClusterError(Exception):
    """The PostgreSQL server of a data folder cannot run; the message says why and what to do."""


class ClusterInUse(ClusterError):
    """Another process runs the PostgreSQL server of this data folder."""


def started_at(pid: Any) -> int | None:
    """The start time of a live process, in the kernel's own units; None for a dead one, a zombie too."""
    state, _, began = _stat(pid)
    return None if state in ("", "Z", "X") else began


def boot_id() -> str:
    """The ID of this boot of this machine; empty where the system has none."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""


def pid_namespace() -> str:
    """The namespace of the pids of this process; empty where the system has none."""
    try:
        return os.readlink("/proc/self/ns/pid")
    except OSError:
        return ""


def _stat(pid: Any) -> tuple[str, int, int]:
    """``(state, pid of the parent, start time)`` of a process; ``("", 0, 0)`` when there is none."""
    try:
        fields = Path(f"/proc/{int(pid)}/stat").read_text(errors="replace").rpartition(")")[2].split()
        return fields[0], int(fields[1]), int(fields[19])
    except (OSError, ValueError, TypeError, IndexError):
        return "", 0, 0


class Claim:
    """The right to run the server of one folder: a record of the holding process, under a lock that ends with it.

    The kernel's lock also excludes other containers, whose pids are of other namespaces.  The record names the
    holder, and remains when the lock is lost because other code of the process opened and closed the file.
    """

    _mine: dict[tuple[int, int], "Claim"] = {}
    _guard = threading.Lock()

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: int | None = None

    def take(self) -> None:
        """Take the claim, unless its holder is alive.  A later process with that pid, or one before a boot, is another."""
        with self._guard:
            if self.path.exists() and self._key(os.stat(self.path)) in self._mine:  # opening it would drop it
                raise self._refusal(os.getpid())
            file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                held = self._is_locked(file)
                record = self._read(file)
                if held or self._is_live(record):
                    raise self._refusal(record.get("pid"))
                mine: dict[str, Any] = {"pid": os.getpid(), "started": started_at(os.getpid())}
                mine |= {"boot": boot_id(), "namespace": pid_namespace()}
                self._write(file, json.dumps(mine).encode())
            except BaseException:
                os.close(file)
                raise
            self._file = file
            self._mine[self._key(os.fstat(file))] = self

    def release(self) -> None:
        """Release the claim; without effect when it is not taken."""
        with self._guard:
            if self._file is not None:
                self._mine.pop(self._key(os.fstat(self._file)), None)
                self._write(self._file, b"")
                os.close(self._file)
                self._file = None

    @staticmethod
    def _key(status: os.stat_result) -> tuple[int, int]:
        return status.st_dev, status.st_ino

    @staticmethod
    def _is_locked(file: int) -> bool:
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except (BlockingIOError, PermissionError):
            return True
        except OSError:  # a file system without locks: the record alone decides
            return False
        return False

    @staticmethod
    def _is_live(record: dict[str, Any]) -> bool:
        return (
            record.get("boot") == boot_id()
            and record.get("namespace", pid_namespace()) == pid_namespace()
            and record.get("pid") != os.getpid()
            and started_at(record.get("pid")) is not None
            and started_at(record.get("pid")) == record.get("started")
        )

    @staticmethod
    def _read(file: int) -> dict[str, Any]:
        try:
            record = json.loads(os.pread(file, 4096, 0))
        except ValueError:
            return {}
        return record if isinstance(record, dict) else {}

    @staticmethod
    def _write(file: int, content: bytes) -> None:
        os.ftruncate(file, 0)
        os.pwrite(file, content, 0)

    def _refusal(self, pid: Any) -> ClusterInUse:
        try:
            command = (
                Path(f"/proc/{int(pid)}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            )
        except (OSError, ValueError, TypeError):
            command = ""
        holder = f"process {pid}" if pid else "another process"
        holder += f" ({command.strip()[:120]})" if command.strip() else ""
        return ClusterInUse(
            f"The database in {self.path.parent} is already run by {holder}. "
            "Stop that process first, or use another data folder."
        )


def servers_in(data: Path) -> set[int]:
    """The pids of the live PostgreSQL processes that work in the folder ``data``."""
    pids: set[int] = set()
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # ended meanwhile, or of another account
            if "postgres" in (process / "comm").read_text() and os.path.samefile(process / "cwd", data):
                pids.add(int(process.name))
    return pids


def end_servers(data: Path, say: Progress) -> None:
    """End the PostgreSQL processes that work in ``data``, whose owner is gone, and wait until there are none.

    Two servers on one folder destroy it, so this comes before every start.  An immediate shutdown loses nothing that was
    acknowledged: the next start recovers it from the write-ahead log.
    """
    began = time.monotonic()
    sent: tuple[signal.Signals, set[int]] | None = None
    while pids := servers_in(data):
        elapsed, postmaster = time.monotonic() - began, first_number(data / "postmaster.pid")
        if postmaster not in pids or elapsed > SHUT_DOWN_SECONDS + QUIT_SECONDS:
            number, targets = signal.SIGKILL, pids  # without the postmaster the others cannot go on
        else:
            number, targets = signal.SIGINT if elapsed < SHUT_DOWN_SECONDS else signal.SIGQUIT, {postmaster}
        if (number, targets) != sent:
            say(f"Ending an earlier PostgreSQL (process {min(targets)}) that nobody owns.")
            for pid in targets:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, number)
            sent = (number, targets)
        time.sleep(0.02)


def reap_orphans(keep: Collection[int]) -> None:
    """Reap dead PostgreSQL processes whose parent became this process, as process 1 of a container, except ``keep``."""
    for process in Path("/proc").glob("[0-9]*"):
        pid = int(process.name)
        with contextlib.suppress(OSError):
            state, parent, _ = _stat(pid)
            is_orphan = state == "Z" and parent == os.getpid() and pid not in keep
            if is_orphan and "postgres" in (process / "comm").read_text():
                os.waitpid(pid, os.WNOHANG)


def first_number(path: Path) -> int | None:
    """The pid in the first line of a PostgreSQL lock file; None without one."""
    try:
        return int(path.read_text().split("\n")[0])
    except (OSError, ValueError):
        return None


def forget_stale_lock(path: Path) -> None:
    """Remove a lock file of PostgreSQL that would prevent its start although no server runs.

    PostgreSQL itself removes a file that names no process, after looking for remains of that server; it refuses to
    start when the pid is that of any process, be it a zombie, or when the file is empty.
    """
    if path.exists():
        pid = first_number(path)
        if pid is None or _exists(abs(pid)):
            path.unlink(missing_ok=True)


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True
