"""The embedded database: a real PostgreSQL server that lives and dies with this process."""

import atexit
import contextlib
import os
import shutil
import signal
import subprocess
import threading
import time
from pathlib import Path
from urllib.parse import quote

import psycopg2
from psycopg2.sql import SQL, Identifier

from models.base import app_role
from models.base.embedded import binaries, privilege
from models.base.embedded.processes import (
    Claim,
    ClusterError,
    ClusterInUse,
    end_servers,
    forget_stale_lock,
    reap_orphans,
)  # fmt: skip

__all__ = ["Cluster", "ClusterError", "ClusterInUse"]

PORT = "5432"  # the port only names the socket: nothing listens on the network
LOG_LIMIT = 10 * 1024 * 1024
SHORTEST_PAUSE, LONGEST_PAUSE = 0.05, 10  # seconds between restarts
STEADY = 60  # seconds of life after which earlier deaths are forgiven
HOPELESS = 3  # deaths before the first answer after which a start has failed
STOPPING = ((signal.SIGINT, 60), (signal.SIGQUIT, 15), (signal.SIGKILL, None))  # in order, at once, by force


def print_nothing(_):
    """Where progress goes when nobody asks for it."""


class Cluster:
    """A PostgreSQL server run as a direct child of this process, restarted when it dies, until ``stop``."""

    _children = set()  # the servers of this process; only their own threads may wait for them

    def __init__(self, folder: Path, *, say=print_nothing, options: dict | None = None):
        self.folder, self.restarts = Path(folder).resolve(), 0
        self._say, self._options = say, binaries.OPTIONS | (options or {})
        self._claims, self._pid, self._deaths, self._log_begins = [], os.getpid(), 0, 0
        self._thread: threading.Thread | None = None
        self._process: subprocess.Popen | None = None
        self._why: str | None = None
        self._stopping, self._guard = threading.Event(), threading.RLock()

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()

    @property
    def pid(self):
        """The process id of the running server; None while there is none."""
        process = self._process
        return process.pid if process and process.poll() is None else None

    def url(self, database="remit"):
        """The address of a database for its owner, as libpq and its descendants understand it."""
        return self._url(database, binaries.OWNER, self._password)

    def app_url(self, database="remit"):
        """The same for the role that serves, which owns nothing."""
        return self._url(database, app_role.NAME, app_role.password(self._password))

    def _url(self, database, role, password):
        place = quote(str(self._socket), safe="")
        return f"postgresql://{role}:{quote(password)}@/{quote(database, safe='')}?host={place}&port={PORT}"

    def create_database(self, name, template=None):
        """A new database, empty or a copy of one to which nobody is connected."""
        statement = SQL("CREATE DATABASE {} TEMPLATE {}")
        self._run(statement.format(Identifier(name), Identifier(template or "template1")))

    def drop_database(self, name):
        """Remove a database and end its sessions; one that is not there is fine."""
        self._run(SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(Identifier(name)))

    def start(self):
        """Start the server, on new data when there is none, and return the URL once it answers a query."""
        if self._thread:
            return self.url()
        self._pid, self._stopping, self._deaths = os.getpid(), threading.Event(), 0
        try:
            self._prepare()
            # The kernel ends the server with the thread that forked it, so that thread lives on.
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

    def stop(self):
        """Shut the server down in order and give the folder back; twice is once."""
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
        for number, patience in STOPPING:
            with self._guard:
                if self._process:
                    self._process.send_signal(number)
            thread.join(patience)
            if not thread.is_alive():
                privilege.leave_socket_folder(self._home)
                break

    def erase(self):
        """Stop the server and remove its data for good, also what lives outside the data folder."""
        self.stop()
        self._claim(self.folder / "postgresql.lock")
        shutil.rmtree(privilege.find_home(self.folder), ignore_errors=True)
        (self.folder / "postgresql.location").unlink(missing_ok=True)
        self.stop()

    def _claim(self, path):
        claim = Claim(path)
        claim.take()
        self._claims.append(claim)

    def _prepare(self):
        """Claim the folder; find account, programs, data and socket, or make them."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._claim(self.folder / "postgresql.lock")
        self._account = privilege.account_for(privilege.find_home(self.folder))
        self._home = privilege.settle(self.folder, self._account, self._say)
        if self._home.parent != self.folder:  # a copied data folder leads to the same home
            self._claim(self._home / "lock")
        self._data, secret = self._home / "data", self._home / "password"
        found = binaries.usable_by(self._account, binaries.find(self._data), self._home, self._say)
        self._postgres = found.folder / "postgres"
        self._log = self.folder / "postgresql.log"
        self._log.touch(mode=0o600)
        if self._log.stat().st_size > LOG_LIMIT:
            os.truncate(self._log, 0)
        binaries.clear_unfinished(self._home)
        if not self._data.exists():
            self._say(f"Making a new PostgreSQL {found.major} database in {self._data}.")
            binaries.make_data(found, self._home, self._account, self._options)
        if not secret.exists():
            raise ClusterError(f"The password of the database is missing: bring back {secret}.")
        self._password = secret.read_text().strip()
        self._socket = privilege.socket_folder(self._home, self._account)
        end_servers(self._data, self._say)  # before we ask for an answer: an old server would give it

    def _launch(self):
        """Start the server; None when we are stopping."""
        end_servers(self._data, self._tell)
        reap_orphans(self._children)
        forget_stale_lock(self._data / "postmaster.pid")
        forget_stale_lock(self._socket / f"{privilege.SOCKET_FILE}.lock")
        command = [self._postgres, "-D", self._data, "-p", PORT]
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
                self._process = subprocess.Popen(line, stdout=log, stderr=log, **privilege.surroundings())
                self._children.add(self._process.pid)
                return self._process
        finally:
            os.close(log)

    def _keep_running(self):
        """Start the server, wait for its end, start it again: the whole life of our thread."""
        pause = SHORTEST_PAUSE / 2
        while not self._stopping.is_set():
            began = time.monotonic()
            try:
                if process := self._launch():
                    self._why = f"code {process.wait()}"
                    self._children.discard(process.pid)
            except Exception as error:  # no memory, no disk, an upgrade under way: later perhaps
                self._why = str(error)
            if self._stopping.is_set():
                break
            pause = SHORTEST_PAUSE if time.monotonic() - began > STEADY else min(pause * 2, LONGEST_PAUSE)
            self._deaths += 1
            self._tell(f"PostgreSQL ended ({self._why}); starting it again.")
            self._stopping.wait(pause)
            self.restarts += not self._stopping.is_set()

    def _tell(self, line):
        with contextlib.suppress(Exception):  # a closed terminal must not leave the server unwatched
            self._say(line)

    def _wait_until_it_answers(self):
        """Ready is an answer to a query.  A recovery may take its time: we wait while the server lives."""
        began = told = time.monotonic()
        while True:
            try:
                if not self._run("SELECT 1 FROM pg_database WHERE datname = 'remit'"):
                    self.create_database("remit")
                app_role.let_log_in(self._run, self._password)
                self._deaths = 0
                return self._say(f"PostgreSQL is ready after {time.monotonic() - began:.1f} s.")
            except psycopg2.OperationalError as error:
                lasting = error.pgcode and error.pgcode[:2] != "57"  # 57: starting, or just shut down
                if lasting or "authentication failed" in str(error):
                    raise ClusterError(
                        binaries.explain(f"The database in {self.folder} does not let us in", str(error))
                    ) from error
                last = str(error).strip()
            if self._deaths >= HOPELESS:
                said = self._log.read_bytes()[self._log_begins :].decode(errors="replace")
                what = f"The database in {self.folder} does not start ({self._why})"
                raise ClusterError(binaries.explain(what, said))
            if time.monotonic() - told > 5:
                told = time.monotonic()
                self._say(f"Waiting for PostgreSQL: {last}")
            time.sleep(0.02)

    def _run(self, statement):
        connection = psycopg2.connect(self.url("postgres"), connect_timeout=10)
        try:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(statement)
                return cursor.fetchall() if cursor.description else None
        finally:
            connection.close()
