"""Starting: the contract compiled, the command until it serves on data that is there, and its memory."""

import contextlib
import json
import os
import pathlib
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

from contract_tests.bench import generated, load, machine, report
from contract_tests.bench.host import Server

COMPILE = """
import json, pathlib, sys, time
import spec
import spec.compiled
from handlers.http import application
spec.compiled.cache_in(pathlib.Path(sys.argv[1]))
def timed(function):
    began = time.perf_counter()
    value = function()
    return value, round(time.perf_counter() - began, 3)
contract, loaded = timed(spec.load)
compiled, read = timed(lambda: application.CompiledContract(contract, application.handler_of))
slowest = max(timed(lambda: compiled.plans[each])[1] for each in compiled.plans)
print(json.dumps({"loaded": loaded, "planned": read, "slowest": slowest, "operations": len(compiled.plans)}))
"""
# The libraries that a server has imported when it is built, and what importing them alone costs.
IMPORTED = """
import json, sys
from handlers.http import application
import spec, uvicorn
application.CompiledContract(spec.load(), application.handler_of)
def is_library(module):
    return "site-packages" in (getattr(module, "__file__", None) or "")
print(json.dumps([name for name, module in sys.modules.items() if is_library(module)]))
"""
IMPORTING = """
import contextlib, importlib, json, sys, time
for name in json.loads(sys.argv[1]):
    with contextlib.suppress(Exception):
        importlib.import_module(name)
print(json.dumps(round(time.process_time(), 3)))
"""
PATIENCE_SECONDS = 120


def compiling(cache: str) -> dict:
    """How long the contract takes to be read and made ready, and the slowest of its operations to be compiled, when libraries
    are imported, in a process of its own."""
    return told_by(COMPILE, cache)


def importing(libraries: list[str]) -> float:
    """The processor time of importing the libraries of the server, and nothing else: what no start can do without."""
    return told_by(IMPORTING, json.dumps(libraries))


def told_by(program: str, *arguments: str):
    """What a program of its own prints as JSON."""
    command = [sys.executable, "-W", "ignore", "-c", program, *arguments]
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=machine.ROOT)
    return json.loads(done.stdout)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


@contextlib.contextmanager
def served(data: str, **environment: str):
    """``scripts/serve`` on a data folder: its port, process id and the seconds until it was ready."""
    port, began = free_port(), time.monotonic()
    command = [sys.executable, "scripts/serve", "--port", str(port), "--data", data]
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            command, cwd=machine.ROOT, env={**os.environ, **environment}, stdout=log, stderr=log
        )
        try:
            while not is_ready(port):
                if process.poll() is not None or time.monotonic() - began > PATIENCE_SECONDS:
                    log.seek(0)
                    raise RuntimeError(log.read().decode(errors="replace"))
                time.sleep(0.005)
            yield port, process.pid, time.monotonic() - began
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)


def is_ready(port: int) -> bool:
    address = f"http://127.0.0.1:{port}/health/ready"
    with contextlib.suppress(OSError), urllib.request.urlopen(address, timeout=2) as answer:
        return answer.status == 200
    return False


def starting(data: str, times: int) -> dict:
    """Seconds until ready: with its own PostgreSQL, and with one that is running; memory fresh and used."""
    own, running, fresh, used = [], [], [], []
    for _ in range(times):
        machine.wait_until_quiet(20)
        with served(data) as (port, pid, seconds):
            own.append(seconds)
            settings = json.loads(pathlib.Path(data, "serve.json").read_text())
            environment = {"REMIT_DATABASE_URL": settings["database_url"], "REMIT_LOG_LEVEL": "warning"}
            machine.wait_until_quiet(20)  # its worker has started, too
            with tempfile.TemporaryDirectory() as other, served(other, **environment) as (port, pid, seconds):
                running.append(seconds)
                fresh.append(machine.resident_megabytes(pid))
                listed = load.request(
                    "GET", "/api/v1/tasks", headers={"authorization": f"Bearer {settings['api_key']}"}
                )
                load.measure(load.Job(port, [listed], 16, 30, 2000, expect=(200, 429)))
                used.append(machine.resident_megabytes(pid))
    figures = {
        "own_database": own,
        "running_database": running,
        "resident_fresh": fresh,
        "resident_used": used,
    }
    return {name: round(statistics.median(each), 2) for name, each in figures.items()}


def generating(factory: str, operations: int) -> dict:
    """Seconds until a server of generated operations is ready, and its memory when each was used."""
    with Server(f"contract_tests.bench.engine:{factory}") as server:
        messages = generated.one_of_each(operations)
        job = load.Job(server.port, messages, 16, 30, 4 * len(messages), expect=(200, 201, 204))
        if faults := load.measure(job)["faults"]:
            raise RuntimeError(f"{operations} generated operations: {faults}")
        return {"ready": server.ready["seconds"], "resident": server.resident_megabytes}


def medians(each: list[dict]) -> dict:
    return {name: round(statistics.median(sample[name] for sample in each), 3) for name in each[0]}


def run(quick: bool) -> tuple[dict, list[dict]]:
    times = 3 if quick else 5
    with tempfile.TemporaryDirectory() as cache:
        compiling(cache)  # the first start fills the cache
        compiled = medians([compiling(cache) for _ in range(times)])
    few = medians([generating("build", 150) for _ in range(times)])
    many = medians([generating("build_500", 500) for _ in range(times)])
    libraries = told_by(IMPORTED)
    imported = statistics.median(importing(libraries) for _ in range(times))
    with tempfile.TemporaryDirectory() as data:
        with served(data):
            pass  # the first start makes the database and the demonstration
        figures = starting(data, times)
    seconds = compiled["loaded"] + compiled["planned"]
    rows = [
        [f"contract of {compiled['operations']} operations read, none compiled, s", *within(seconds, 0.1)],
        ["the slowest operation compiled, when first used, s", *within(compiled["slowest"], 0.2)],
        ["the libraries of the server imported, and nothing else, s", f"{imported:g}", ""],
        ["ready, database running, s", *within(figures["running_database"], round(1.2 * imported, 2))],
        ["ready, its own PostgreSQL started too, s", *within(figures["own_database"], 2)],
        ["resident when ready, MB", *within(figures["resident_fresh"], 150)],
        ["resident after 2,000 lists, MB", *within(figures["resident_used"], 150)],
        ["150 generated operations, no database: ready, s", f"{few['ready']:g}", ""],
        [
            "500 generated operations, no database: ready, s",
            *within(many["ready"], round(1.1 * few["ready"], 2)),
        ],
        ["resident when each of the 500 was used, MB", *within(many["resident"], 150)],
    ]
    tables = [report.table("Start, on a database that is there", ["scripts/serve", "measured", "aim"], rows)]
    measured = {"compile": compiled, "libraries_imported": imported, "generated": {"150": few, "500": many}}
    return {**measured, **figures}, tables


def within(value: float, at_most: float) -> list[str]:
    return [f"{value:g}", f"≤ {at_most:g}: {'reached' if value <= at_most else 'missed'}"]
