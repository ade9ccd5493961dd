"""The embedded database lives as long as its owner, comes back when it dies, and loses nothing."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import psycopg2
import pytest

from contract_tests.faults.cluster_lab import (
    ACCOUNTS,
    AS_INIT,
    QUICK,
    WAYS,
    Owner,
    Workbench,
    ask,
    ask_again,
    data_of,
    lab_folder,
    postmaster,
    until,
)
from models.base.embedded import processes
from models.base.embedded.cluster import Cluster, ClusterError, ClusterInUse
from models.base.embedded.processes import servers_in, started_at


@pytest.fixture
def folder():
    """A data folder that is not there yet."""
    with lab_folder() as path:
        yield path / "var"


@pytest.fixture(scope="module")
def used():
    """A data folder with a database in it, for tests that are not about the first start."""
    with lab_folder() as path:
        with Cluster(path / "var", options=QUICK) as cluster:
            ask(cluster.url(), "create table kept as select 7 as number")
        yield path / "var"


@pytest.fixture(scope="module", params=ACCOUNTS)
def bench(request):
    """Who owns the server: root, with PostgreSQL under another account, or an ordinary user."""
    with lab_folder() as path:
        yield Workbench(path, as_user=request.param == "user")


def test_a_second_start_keeps_the_data(bench):
    with Owner(bench.folder, bench=bench) as first:
        ask(first.url, "drop table if exists notes", "create table notes as select 'kept' as line")
        leader = postmaster(bench.folder)
        assert os.stat(f"/proc/{leader}").st_uid != 0
        assert f"PPid:\t{first.process.pid}\n" in Path(f"/proc/{leader}/status").read_text()
    assert not servers_in(data_of(bench.folder))
    with Owner(bench.folder, bench=bench) as second:
        assert ask(second.url, "select line from notes") == [("kept",)]


def test_a_killed_server_comes_back_with_every_acknowledged_row(bench):
    with Owner(bench.folder, bench=bench, options={}) as owner:
        ask(owner.url, "drop table if exists notes", "create table notes (number int)")
        for number in range(3):
            ask_again(owner.url, f"insert into notes values ({number}) returning 1")
            killed = postmaster(bench.folder)
            os.kill(killed, signal.SIGKILL)
            until(lambda killed=killed: postmaster(bench.folder) not in (None, killed))
        assert ask_again(owner.url, "select count(distinct number) from notes") == [(3,)]


def test_a_new_owner_follows_a_killed_one_at_once(bench):
    with Owner(bench.folder, bench=bench) as first:
        ask(first.url, "drop table if exists notes", "create table notes as select 1 as number")
        orphans = servers_in(data_of(bench.folder))
        first.kill()
    with Owner(bench.folder, bench=bench) as second:
        assert ask(second.url, "select number from notes") == [(1,)]
        assert not orphans & servers_in(data_of(bench.folder))


def test_a_server_does_not_outlive_its_killed_owner(bench):
    with Owner(bench.folder, bench=bench) as owner:
        assert servers_in(data_of(bench.folder))
        owner.kill()
    until(lambda: not servers_in(data_of(bench.folder)))


def test_an_orphan_that_does_not_react_is_ended_before_the_next_start(used, monkeypatch):
    monkeypatch.setattr(processes, "SHUT_DOWN_SECONDS", 0.3)
    monkeypatch.setattr(processes, "QUIT_SECONDS", 0.3)
    with Owner(used) as owner:
        orphans = servers_in(data_of(used))
        os.kill(postmaster(used), signal.SIGSTOP)
        owner.kill()
    assert servers_in(data_of(used))
    with Cluster(used, options=QUICK) as cluster:
        assert ask(cluster.url(), "select number from kept") == [(7,)]
        assert not orphans & servers_in(data_of(used))


@pytest.mark.parametrize(
    "content", ["{live}\n/elsewhere\n1\n5432\n\n\n", ""], ids=["names a live process", "empty"]
)
def test_a_stale_pid_file_does_not_prevent_a_start(used, content):
    with subprocess.Popen(["sleep", "60"]) as bystander:
        (data_of(used) / "postmaster.pid").write_text(content.format(live=bystander.pid))
        socket_lock = data_of(used).parent / "socket" / ".s.PGSQL.5432.lock"
        socket_lock.write_text(content.format(live=bystander.pid))
        with Cluster(used, options=QUICK) as cluster:
            assert ask(cluster.url(), "select number from kept") == [(7,)]
        assert bystander.poll() is None
        bystander.kill()


def test_a_stale_claim_is_taken_over_and_a_live_one_is_respected(used):
    with subprocess.Popen(["sleep", "60"]) as bystander, subprocess.Popen(["true"]) as dead:
        dead.wait()
        live = {"pid": bystander.pid, "started": started_at(bystander.pid), "boot": processes.boot_id()}
        stale = [live | {"pid": dead.pid}, live | {"started": 1}, live | {"boot": "another"}]
        stale.append(live | {"namespace": "of a container that is gone"})
        for record in [*map(json.dumps, stale), "", "not json", "[]"]:
            (used / "postgresql.lock").write_text(record)
            with Cluster(used, options=QUICK) as cluster:
                assert ask(cluster.url(), "select 1") == [(1,)]
        (used / "postgresql.lock").write_text(json.dumps(live))
        with pytest.raises(ClusterInUse, match=f"process {bystander.pid} .sleep 60"):
            Cluster(used, options=QUICK).start()
        bystander.kill()


def test_one_folder_has_one_owner(used):
    with Cluster(used, options=QUICK) as cluster:
        with pytest.raises(ClusterInUse, match=f"process {os.getpid()}"):
            Cluster(used).start()
        second = Owner(used)
        errors = second.process.communicate(timeout=60)[1]
        assert "ClusterInUse" in errors and f"process {os.getpid()}" in errors
        assert ask(cluster.url(), "select 1") == [(1,)]


def test_stopping_twice_is_stopping_once_and_a_forked_child_stops_nothing(used):
    cluster = Cluster(used, options=QUICK)
    url = cluster.start()
    assert cluster.start() == url
    if not (child := os.fork()):
        cluster.stop()
        os._exit(0)
    os.waitpid(child, 0)
    assert ask(url, "select 1") == [(1,)]
    cluster.stop()
    cluster.stop()
    assert cluster.pid is None
    with pytest.raises(psycopg2.OperationalError):
        ask(url, "select 1")


def test_the_supervisor_counts_its_restarts(used):
    with Cluster(used, options=QUICK) as cluster:
        os.kill(killed := cluster.pid, signal.SIGKILL)
        until(lambda: cluster.pid not in (None, killed))
        assert ask_again(cluster.url(), "select 1") == [(1,)]
        assert cluster.restarts == 1


@pytest.mark.parametrize("prefix", WAYS.values(), ids=WAYS)
def test_as_the_first_process_of_a_container_killed_servers_are_reaped_and_come_back(folder, prefix):
    for start in (1, 2):  # the second finds the pid file of the first, whose small pids are in use again
        with Owner(folder, prefix=prefix, program=AS_INIT) as container:
            assert container.url == f"{bool(prefix)} {start} 1 0"
            container.kill()
        until(lambda: not servers_in(data_of(folder)))


def test_a_start_cut_short_while_the_data_was_made_is_made_good(folder):
    owner = Owner(folder)
    until(lambda: list(folder.glob("postgresql/initdb-*/*/global")))
    owner.kill()
    assert not (folder / "postgresql" / "data").exists()
    with Cluster(folder, options=QUICK) as cluster:
        assert ask(cluster.url(), "select 1") == [(1,)]
        assert not list(folder.glob("postgresql/initdb-*"))


def test_a_server_that_cannot_start_says_why_and_gives_the_folder_back(used):
    with pytest.raises(ClusterError, match="no_such_setting"):
        Cluster(used, options=QUICK | {"no_such_setting": "1"}).start()
    with Cluster(used, options=QUICK) as cluster:
        assert ask(cluster.url(), "select 1") == [(1,)]


def test_a_terminal_that_was_closed_does_not_leave_the_server_unwatched(used):
    with Cluster(used, options=QUICK) as cluster:
        cluster._say = sys.stdin.write  # raises: a stream that cannot be written
        os.kill(killed := cluster.pid, signal.SIGKILL)
        until(lambda: cluster.pid not in (None, killed))
        assert ask_again(cluster.url(), "select 1") == [(1,)]
