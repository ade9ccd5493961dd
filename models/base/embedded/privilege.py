"""Accounts and folders: PostgreSQL never runs as root, and only in folders that its account may enter.

A folder that existed before never gets other permissions or another owner.
"""

import contextlib
import hashlib
import os
import pwd
import re
import stat
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

from models.base.embedded.processes import ClusterError, Progress

ACCOUNTS = ("postgres", "nobody")
# For data whose folder is closed to the account; a new folder there is private and has a name of its own.
HOMES = (Path("/var/lib"), Path("/var/tmp"))  # noqa: S108
SOCKET_FILE = ".s.PGSQL.5432"
MAX_SOCKET_PATH_BYTES = 99  # the kernel's own limit is 107, on other systems 103

# Changes to the account, asks the kernel for SIGINT (a fast shutdown) when the calling thread ends, then executes the
# program: the same pid, so a direct child.  In this order: a change of account cancels the request.
# A program of its own, because running Python between fork and exec can hang a process with threads.
LAUNCHER = """
import ctypes, os, signal, sys
for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGTERM, signal.SIGCHLD):
    signal.signal(number, signal.SIG_DFL)
owner, uid, gid, *command = sys.argv[1:]
if uid:
    os.setgroups([]), os.setgid(int(gid)), os.setuid(int(uid))
if sys.platform == "linux":
    ctypes.CDLL(None).prctl(1, ctypes.c_ulong(signal.SIGINT))
if os.getppid() != int(owner):
    sys.exit("The process that asked for this program has ended.")
os.execv(command[0], command)
"""


class Account(NamedTuple):
    """A user of the system that is not root."""

    name: str
    uid: int
    gid: int

    def as_arguments(self) -> dict[str, Any]:
        """The arguments that make ``subprocess`` run a program as this account."""
        return {"user": self.uid, "group": self.gid, "extra_groups": []}


def launching(account: Account | None, *command: str | Path) -> list[str]:
    """The command line that runs ``command`` as the account, and ends it when the calling thread ends."""
    uid, gid = (str(account.uid), str(account.gid)) if account else ("", "")
    return [sys.executable, "-I", "-S", "-c", LAUNCHER, str(os.getpid()), uid, gid, *map(str, command)]


def process_options() -> dict[str, Any]:
    """The arguments of ``subprocess`` for PostgreSQL's programs: no client's settings, no terminal, their own session."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    environment = clean | {"LC_ALL": "C"}
    return {
        "env": environment,
        "cwd": "/",
        "stdin": subprocess.DEVNULL,
        "start_new_session": True,
        "umask": 0o077,
    }


def account_for(home: Path) -> Account | None:
    """The account that runs PostgreSQL: None for that of this process; for root the owner of the data, or one of ``ACCOUNTS``."""
    data = home / "data"
    owner = data.stat().st_uid if data.exists() else None
    if os.geteuid() != 0:
        if owner not in (None, os.geteuid()):
            raise ClusterError(
                f"{data} belongs to another user ({_name(owner)}): run as that user, or as root."
            )
        return None
    if owner == 0:
        raise ClusterError(
            f"{data} belongs to root, and PostgreSQL never runs as root: give it an account (chown -R)."
        )
    if owner is not None:
        return Account(_name(owner), owner, data.stat().st_gid)
    return _unprivileged()


def _unprivileged() -> Account:
    for name in ACCOUNTS:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        if entry.pw_uid:
            return Account(name, entry.pw_uid, entry.pw_gid)
    raise ClusterError(
        "PostgreSQL never runs as root, and this system has no account named postgres or nobody: "
        "run as an ordinary user, or set REMIT_DATABASE_URL."
    )


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def succeeds(account: Account | None, script: str, *arguments: str | Path) -> bool:
    """Whether a line of shell succeeds as the account."""
    identity = account.as_arguments() if account else {}
    command = ["/bin/sh", "-c", f"{script} && echo yes", "sh", *map(str, arguments)]
    try:  # reads the output, because a process that ignores its children does not get their exit codes
        process = subprocess.run(command, cwd="/", stdin=subprocess.DEVNULL, capture_output=True, **identity)
        return process.stdout.endswith(b"yes\n")
    except OSError as error:
        who = account.name if account else "the shell"
        raise ClusterError(
            f"This system does not let us become {who} ({error.strerror}): "
            "run as an ordinary user, or set REMIT_DATABASE_URL."
        ) from error


def make_folder(path: Path, mode: int, account: Account | None = None) -> Path:
    """Create a folder, owned by ``account`` unless that is None, with exactly this mode whatever the umask is."""
    path.mkdir(mode=0o700)
    os.chmod(path, mode)
    give(path, account)
    return path


def give(path: Path, account: Account | None) -> None:
    """Make the account the owner of a path that this process has just created."""
    if account:
        os.chown(path, account.uid, account.gid, follow_symlinks=False)


def find_home(folder: Path) -> Path:
    """The home of the server of a data folder: ``postgresql`` in it, or the folder that was chosen before."""
    pointer = folder / "postgresql.location"
    if not pointer.exists():
        return folder / "postgresql"
    home = Path(pointer.read_text().strip())
    if not home.is_dir():
        raise ClusterError(
            f"The database of {folder} was kept in {home}, which is gone. Bring it back, "
            f"or remove {pointer} to begin with an empty database."
        )
    return home


def settle(folder: Path, account: Account | None, say: Progress) -> Path:
    """The home of the server, created when it does not exist; elsewhere when the account cannot enter the data folder.

    The home belongs to this process, and the account may pass through; only what PostgreSQL itself writes belongs to the
    account, so that nobody who took over the database can redirect this process, as root, to other files by a link.
    """
    home = find_home(folder)
    if home.is_dir() and any(home.iterdir()):
        if account and not _can_enter(home, account):
            raise ClusterError(
                f"The account {account.name} can no longer enter {home}: open its parents, or move it."
            )
        return home
    if home.is_dir() and home.parent == folder:
        home.rmdir()  # of an interrupted start
    if not home.is_dir():
        make_folder(home, 0o711 if account else 0o700)
    if not account or _can_enter(home, account):
        return home
    home.rmdir()
    return _settle_elsewhere(folder, account, say)


def _settle_elsewhere(folder: Path, account: Account, say: Progress) -> Path:
    folder_hash = hashlib.sha256(os.fsencode(folder)).hexdigest()[:12]
    for base in HOMES:
        for earlier in base.glob(f"remit-{folder_hash}-*"):
            say(f"{earlier} is the database of an earlier {folder}: remove it when nobody needs it.")
        try:
            home = Path(tempfile.mkdtemp(prefix=f"remit-{folder_hash}-", dir=base))
        except OSError:
            continue
        os.chmod(home, 0o711)  # noqa: S103 - to pass through; what lies in it is private
        if _can_enter(home, account):
            pointer = folder / "postgresql.location"
            partial = pointer.with_suffix(".partial")
            partial.write_text(f"{home}\n")
            partial.rename(pointer)
            return home
        home.rmdir()
    raise ClusterError(f"The account {account.name} can enter neither {folder} nor a folder of ours in /var.")


def _can_enter(home: Path, account: Account) -> bool:
    return succeeds(account, 'cd "$1"', home)


def socket_folder(home: Path, account: Account | None) -> Path:
    """A private folder for the socket, with a path short enough; one outside the home is recorded in the home."""
    inside, note = home / "socket", home / "socket.location"
    if len(os.fsencode(inside / SOCKET_FILE)) <= MAX_SOCKET_PATH_BYTES and re.fullmatch(
        r"[\w/.+-]+", str(inside)
    ):
        return inside if inside.is_dir() else make_folder(inside, 0o700, account)
    if note.exists() and _is_private(earlier := Path(note.read_text().strip()), account):
        return earlier
    bases = [base for base in ("/run", "/tmp") if os.access(base, os.W_OK)]  # noqa: S108 - mkdtemp
    outside = Path(tempfile.mkdtemp(prefix="remit-", dir=bases[0] if bases else None))
    give(outside, account)
    note.write_text(f"{outside}\n")
    return outside


def leave_socket_folder(home: Path) -> None:
    """Remove a socket folder outside the home, once it is empty."""
    note = home / "socket.location"
    with contextlib.suppress(OSError):
        os.rmdir(note.read_text().strip())
        note.unlink()


def _is_private(path: Path, account: Account | None) -> bool:
    try:
        status = path.lstat()
    except OSError:
        return False
    owner = account.uid if account else os.geteuid()
    return stat.S_ISDIR(status.st_mode) and status.st_uid == owner and stat.S_IMODE(status.st_mode) == 0o700
