"""A lab for the embedded database: folders that every account can enter, and owners that can be killed."""

import contextlib
import json
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psycopg2

from models.base import app_role
from models.base.embedded import binaries, privilege, processes

QUICK = {"fsync": "off"}  # what the kernel holds outlives a killed process; only a power cut needs more
ROOT = os.geteuid() == 0
CODE = os.pathsep.join([str(Path(processes.__file__).parents[3]), os.environ.get("PYTHONPATH", "")])
ACCOUNTS = ["root", "user"] if ROOT else ["user"]

# An owner of a server: prints the URL, and stops it in order when nobody listens any more.
OWNER = """
import json, sys
from models.base.embedded.cluster import Cluster, ClusterError
cluster = Cluster(sys.argv[1], options=json.loads(sys.argv[2]))
try:
    print(cluster.start(), flush=True)
except ClusterError as error:
    sys.exit(f"{type(error).__name__}: {error}")
sys.stdin.read()
cluster.stop()
"""

# An owner to which orphans fall: kills its server once and prints what became of it.
AS_INIT = """
import contextlib, ctypes, os, signal, sys, time
from pathlib import Path
import psycopg2
from models.base.embedded.cluster import Cluster

def zombies():
    fields = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # it has ended meanwhile
            fields.append(path.read_text().rpartition(")")[2].split())
    return [field for field in fields if field[0] == "Z" and field[1] == str(os.getpid())]

if os.getpid() != 1:
    ctypes.CDLL(None).prctl(36, ctypes.c_ulong(1))  # orphans fall to us all the same
cluster = Cluster(sys.argv[1], options={"fsync": "off"})
connection = psycopg2.connect(cluster.start())
killed = cluster.pid
os.kill(killed, signal.SIGKILL)
for attempt in range(1000):
    time.sleep(0.02)
    try:
        connection = psycopg2.connect(cluster.url())
        break
    except psycopg2.OperationalError:
        continue
cursor = connection.cursor()
cursor.execute("create table if not exists starts (id int); insert into starts values (1)")
cursor.execute("select count(*) from starts")
rows = cursor.fetchone()[0]
connection.commit()
print(os.getpid() == 1, rows, cluster.restarts, len(zombies()), flush=True)
sys.stdin.read()
"""

UNSHARE = ["unshare", "--fork", "--pid", "--mount-proc", "--kill-child"]


def _can_unshare():
    tried = ROOT and shutil.which("unshare") and subprocess.run([*UNSHARE, "true"], capture_output=True)
    return bool(tried) and tried.returncode == 0


# Orphans fall to process 1, and to a process that asks for them: the second way works on every machine.
WAYS = {"subreaper": []} | ({"process 1": UNSHARE} if _can_unshare() else {})


@contextlib.contextmanager
def lab_folder():
    """A new folder below /tmp that every account may enter; what was made for it elsewhere goes with it."""
    folder = Path(tempfile.mkdtemp(prefix="remit-lab-", dir="/tmp")).resolve()
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        for pid in {pid for data in folder.rglob("data") for pid in processes.servers_in(data)}:
            os.kill(pid, signal.SIGKILL)  # of a test that failed
        for pointer in folder.rglob("postgresql.location"):
            shutil.rmtree(pointer.read_text().strip(), ignore_errors=True)
        for note in folder.rglob("socket.location"):
            shutil.rmtree(note.read_text().strip(), ignore_errors=True)
        shutil.rmtree(folder)


class Workbench:
    """Where an owner works: a data folder, and for an ordinary user a Python that it can read."""

    def __init__(self, lab, *, as_user):
        self.folder, self.account = lab / "var", None
        self.python, self.environment = Path(sys.executable), os.environ | {"PYTHONPATH": CODE}
        if as_user and ROOT:
            entry = pwd.getpwnam("nobody")
            self.account = privilege.Account(entry.pw_name, entry.pw_uid, entry.pw_gid)
            self._prepare(lab)

    def _prepare(self, folder):
        self.folder.mkdir()
        os.chown(self.folder, self.account.uid, self.account.gid)
        packages = folder / "packages"
        base = packages / "models" / "base"
        shutil.copytree(Path(processes.__file__).parent, base / "embedded")
        shutil.copy(app_role.__file__, base)
        library = Path(psycopg2.__file__).parent
        for source in (library, library.with_name("psycopg2_binary.libs")):
            if source.is_dir():
                shutil.copytree(source, packages / source.name)
        self.environment = os.environ | {"PYTHONPATH": str(packages), "HOME": "/"}
        self.python = Path(sys.executable).resolve()
        if not privilege.succeeds(self.account, '"$1" -c ""', self.python):
            self.python = self._copy_interpreter(folder / "python")
        postgresql = binaries.usable_by(self.account, next(binaries.installed()), folder, print)
        self.environment["REMIT_PG_BIN"] = str(postgresql.folder)

    @staticmethod
    def _copy_interpreter(target):
        version = f"python{sys.version_info.major}.{sys.version_info.minor}"
        unused = shutil.ignore_patterns("site-packages", "test", "__pycache__", "idlelib", "*.a", "config-*")
        shutil.copytree(Path(sys.base_prefix, "lib", version), target / "lib" / version, ignore=unused)
        for shared in Path(sys.base_prefix, "lib").glob("libpython*.so*"):
            shutil.copy(shared, target / "lib")
        (target / "bin").mkdir()
        return Path(shutil.copy(Path(sys.executable).resolve(), target / "bin" / version))


class Owner:
    """A process of its own that runs the server of a folder."""

    def __init__(self, folder, *, bench=None, options=QUICK, prefix=(), program=OWNER):
        python, environment, identity = sys.executable, os.environ | {"PYTHONPATH": CODE}, {}
        if bench:
            python, environment = bench.python, bench.environment
            identity = bench.account.as_arguments() if bench.account else {}
        self.process = subprocess.Popen(
            [*prefix, python, "-c", program, str(folder), json.dumps(options)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment,
            # Away from the house, whose own packages would be found before those of the bench.
            cwd="/" if identity else None,
            **identity,
        )

    def __enter__(self):
        self.url = self.process.stdout.readline().strip()
        assert self.url, self.process.stderr.read()
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.communicate(timeout=60)

    def kill(self):
        """End the owner without a chance to say goodbye."""
        self.process.kill()
        self.process.communicate(timeout=60)


def ask(url, *statements):
    """Run statements, each acknowledged before the next; the rows of the last."""
    connection = psycopg2.connect(url)
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
            return cursor.fetchall() if cursor.description else None
    finally:
        connection.close()


def ask_again(url, statement):
    """The same, from a server that is just coming back."""
    return until(lambda: _try(url, statement))


def _try(url, statement):
    try:
        return ask(url, statement)
    except psycopg2.OperationalError:
        return None


def until(condition, seconds=30):
    """What the condition says once it says something."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if answer := condition():
            return answer
        time.sleep(0.02)
    raise AssertionError(f"{condition} said nothing for {seconds} s")


def data_of(folder):
    """The folder of the tables, wherever the server of a data folder lives."""
    return privilege.find_home(folder) / "data"


def postmaster(folder):
    """The pid of the first process of a folder's server."""
    return processes.first_number(data_of(folder) / "postmaster.pid")
