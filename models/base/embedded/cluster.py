"""The embedded database: a real PostgreSQL server that runs as long as this process."""

import atexit
import contextlib
import os
import shutil
import signal
import subprocess
import threading
import time
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote

import psycopg2
from psycopg2.sql import SQL, Identifier

from models.base import app_role
from models.base.embedded import binaries, privilege, processes
from models.base.embedded.processes import ClusterError, ClusterInUse, Progress
from models.base.embedded.sql import run

__all__ = ["Cluster", "ClusterError", "ClusterInUse"]

PORT = "5432"  # the port only names the socket: nothing listens on the network
MAX_LOG_BYTES = 10 * 1024 * 1024
MIN_RESTART_SECONDS, MAX_RESTART_SECONDS = 0.05, 10  # between restarts
STABLE_SECONDS = 60  # after so long, the next restart waits the shortest time again
MAX_START_DEATHS = 3  # a start has failed after so many exits before the first answer
STOP_SIGNALS = (
    (signal.SIGINT, 60),
    (signal.SIGQUIT, 15),
    (signal.SIGKILL, None),
)  # in order, at once, by force


class Cluster:
    """A PostgreSQL server run as a direct child of this process, restarted when it dies, until ``stop``."""

    _children: set[int] = set()  # the servers of this process; only their own threads may wait for them

    def __init__(
        self, folder: Path, *, say: Progress = processes.print_nothing, options: dict[str, Any] | None = None
    ) -> None:
        self.folder, self.restarts = Path(folder).resolve(), 0
        self._say, self._options = say, binaries.OPTIONS | (options or {})
        self._claims: list[processes.Claim] = []
        self._pid, self._deaths, self._log_begins = os.getpid(), 0, 0
        self._thread: threading.Thread | None = None
        self._process: subprocess.Popen | None = None
        self._failure: str | None = None
        self._stopping, self._guard = threading.Event(), threading.RLock()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def pid(self) -> int | None:
        """The process id of the running server; None while there is none."""
        process = self._process
        return process.pid if process and process.poll() is None else None

    def url(self, database: str = "remit") -> str:
        """The URL of a database for its owner, as libpq reads it."""
        return self._url(database, binaries.OWNER, self._password)

    def app_url(self, database: str = "remit") -> str:
        """The same for the role that serves, which owns nothing."""
        return self._url(database, app_role.NAME, app_role.password(self._password))

    def _url(self, database: str, role: str, password: str) -> str:
        socket_folder = quote(str(self._socket), safe="")
        return f"postgresql://{role}:{quote(password)}@/{quote(database, safe='')}?host={socket_folder}&port={PORT}"

    def create_database(self, name: str, template: str | None = None) -> None:
        """A new database, empty or a copy of one to which nobody is connected."""
        statement = SQL("CREATE DATABASE {} TEMPLATE {}")
        self._run(statement.format(Identifier(name), Identifier(template or "template1")))

    def drop_database(self, name: str) -> None:
        """Remove a database, if it exists, and end its sessions."""
        self._run(SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(Identifier(name)))

    def start(self) -> str:
        """Start the server, on new data when there is none, and return the URL once it answers a query."""
        if self._thread:
            return self.url()
        self._pid, self._stopping, self._deaths = os.getpid(), threading.Event(), 0
        try:
            self._prepare()
            # The kernel ends the server with the thread that forked it, so that thread keeps running.
            self._thread = threading.Thread(target=self._keep_running, name="postgresql", daemon=True)
            self._thread.start()
            self._wait_until_it_answers()
        except OSError as error:
            self.stop()
            raise ClusterError(f"The database in {self.folder} cannot start: {error}.") from error
        except BaseException:
            self.stop()
            raise
        atexit.register(self.stop)
        return self.url()

    def stop(self) -> None:
        """Shut the server down in order and release the folder; without effect when it is stopped."""
        if self._pid != os.getpid():  # a forked child does not own the server
            return
        self._stopping.set()
        thread, self._thread = self._thread, None
        if thread:
            self._end(thread)
        while self._claims:
            self._claims.pop().release()
        atexit.unregister(self.stop)

    def _end(self, thread: threading.Thread) -> None:
        """Ask the server to end, more urgently each time."""
        for number, seconds in STOP_SIGNALS:
            with self._guard:
                if self._process:
                    self._process.send_signal(number)
            thread.join(seconds)
            if not thread.is_alive():
                privilege.leave_socket_folder(self._home)
                break

    def erase(self) -> None:
        """Stop the server and remove its data for good, also outside the data folder."""
        self.stop()
        self._claim(self.folder / "postgresql.lock")
        shutil.rmtree(privilege.find_home(self.folder), ignore_errors=True)
        (self.folder / "postgresql.location").unlink(missing_ok=True)
        self.stop()

    def _claim(self, path: Path) -> None:
        claim = processes.Claim(path)
        claim.take()
        self._claims.append(claim)

    def _prepare(self) -> None:
        """Claim the folder; find or create account, programs, data, and socket."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._claim(self.folder / "postgresql.lock")
        self._account = privilege.account_for(privilege.find_home(self.folder))
        self._home = privilege.settle(self.folder, self._account, self._say)
        if self._home.parent != self.folder:  # a copied data folder leads to the same home
            self._claim(self._home / "lock")
        self._data, secret = self._home / "data", self._home / "password"
        postgres = binaries.usable_by(self._account, binaries.find(self._data), self._home, self._say)
        self._postgres = postgres.folder / "postgres"
        self._log = self.folder / "postgresql.log"
        self._log.touch(mode=0o600)
        if self._log.stat().st_size > MAX_LOG_BYTES:
            os.truncate(self._log, 0)
        binaries.clear_unfinished(self._home)
        if not self._data.exists():
            self._say(f"Making a new PostgreSQL {postgres.major} database in {self._data}.")
            binaries.make_data(postgres, self._home, self._account, self._options)
        if not secret.exists():
            raise ClusterError(f"The password of the database is missing: bring back {secret}.")
        self._password = secret.read_text().strip()
        self._socket = privilege.socket_folder(self._home, self._account)
        processes.end_servers(
            self._data, self._say
        )  # before the first query, which an old server would answer

    def _launch(self) -> subprocess.Popen | None:
        """Start the server; None when it is being stopped."""
        processes.end_servers(self._data, self._report)
        processes.reap_orphans(self._children)
        processes.forget_stale_lock(self._data / "postmaster.pid")
        processes.forget_stale_lock(self._socket / f"{privilege.SOCKET_FILE}.lock")
        command: list[str | Path] = [self._postgres, "-D", self._data, "-p", PORT]
        for name, value in self._options.items():
            command += ["-c", f"{name}={value}"]
        command += ["-c", f"unix_socket_directories={self._socket}"]
        log = os.open(self._log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            with self._guard:
                if self._stopping.is_set():
                    return None
                line = privilege.launching(self._account, *command)
                self._log_begins = os.fstat(log).st_size
                self._process = subprocess.Popen(line, stdout=log, stderr=log, **privilege.process_options())
                self._children.add(self._process.pid)
                return self._process
        finally:
            os.close(log)

    def _keep_running(self) -> None:
        """Start the server, wait for its end, and start it again, until ``stop``: what the thread runs."""
        pause = MIN_RESTART_SECONDS / 2
        while not self._stopping.is_set():
            began = time.monotonic()
            try:
                if process := self._launch():
                    self._failure = f"code {process.wait()}"
                    self._children.discard(process.pid)
            except Exception as error:  # no memory, no disk, an upgrade under way: later perhaps
                self._failure = str(error)
            if self._stopping.is_set():
                break
            pause = (
                MIN_RESTART_SECONDS
                if time.monotonic() - began > STABLE_SECONDS
                else min(pause * 2, MAX_RESTART_SECONDS)
            )
            self._deaths += 1
            self._report(f"PostgreSQL ended ({self._failure}); starting it again.")
            self._stopping.wait(pause)
            self.restarts += not self._stopping.is_set()

    def _report(self, line: str) -> None:
        with contextlib.suppress(Exception):  # a closed terminal must not end the thread of the server
            self._say(line)

    def _wait_until_it_answers(self) -> None:
        """Wait until the server answers a query, which a recovery may delay, as long as it runs."""
        began = progress_at = time.monotonic()
        while True:
            try:
                if not self._run("SELECT 1 FROM pg_database WHERE datname = 'remit'"):
                    self.create_database("remit")
                app_role.let_log_in(self._run, self._password)
                self._deaths = 0
                self._say(f"PostgreSQL is ready after {time.monotonic() - began:.1f} s.")
                return
            except psycopg2.OperationalError as error:
                is_permanent = error.pgcode and error.pgcode[:2] != "57"  # 57: starting, or just shut down
                if is_permanent or "authentication failed" in str(error):
                    raise ClusterError(
                        binaries.explain(f"The database in {self.folder} does not let us in", str(error))
                    ) from error
                last = str(error).strip()
            if self._deaths >= MAX_START_DEATHS:
                output = self._log.read_bytes()[self._log_begins :].decode(errors="replace")
                failure = f"The database in {self.folder} does not start ({self._failure})"
                raise ClusterError(binaries.explain(failure, output))
            if time.monotonic() - progress_at > 5:
                progress_at = time.monotonic()
                self._say(f"Waiting for PostgreSQL: {last}")
            time.sleep(0.02)

    def _run(self, statement: Any) -> list[tuple] | None:
        return run(self.url("postgres"), statement)
