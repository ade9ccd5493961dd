"""A campaign: Schemathesis, as a program of its own, against the running server on the published contract."""

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from spec import published

CONFIG = Path(__file__).with_name("schemathesis.toml")
HOOKS = Path(__file__).with_name("campaign_hooks.py")
PHASES = "examples,coverage,fuzzing,stateful"


@dataclass
class Outcome:
    """How a campaign ended: the exit code, what was told, how many requests were made up and sent.

    ``coverage`` is how many parts of the contract were reached, in percent: its operations, parameters, keywords and so on;
    ``missed`` are the keywords that were not.
    """

    exit_code: int
    told: str
    cases: int
    passed: int
    coverage: dict
    missed: set


def run(folder, base_url, people, *, seed, examples, known=None, phases=PHASES, only=()):
    """Ask ``examples`` random requests an operation and phase, as ``people``, who are each other's peers.

    ``known`` are parts of good requests, by operation: see ``campaign_world.known``.
    """
    contract = folder / "openapi.json"
    contract.write_text(json.dumps(published.openapi_30(base_url, internal=True)))
    peers = folder / "peers.json"
    peers.write_text(json.dumps({"auth": [_login(name, one) for name, one in people.items()]}))
    told = folder / "known.json"
    told.write_text(json.dumps(known or {}))
    command = [
        sys.executable,
        "-m",
        "schemathesis.cli",
        "--no-color",
        "--config-file",
        str(CONFIG),
        "run",
        str(contract),
    ]
    command += ["--url", base_url, "--phases", phases, "--max-examples", str(examples), "--seed", str(seed)]
    command += [part for name in only for part in ("--include-operation-id", name)]
    surroundings = {
        **os.environ,
        "REMIT_PEERS": str(peers),
        "REMIT_KNOWN": str(told),
        "SCHEMATHESIS_HOOKS": str(HOOKS),
        "PYTHONPATH": str(HOOKS.parents[2]),
        "SCHEMATHESIS_COVERAGE_FORMAT": "json",
        "COLUMNS": "140",
    }
    done = subprocess.run(
        command, cwd=folder, env=surroundings, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    cases, passed = _counted(done.stdout)
    reached = json.loads((folder / "schema-coverage.json").read_text())
    coverage = {name: told["percent"] for name, told in reached["summary"].items() if "percent" in told}
    return Outcome(done.returncode, done.stdout, cases, passed, coverage, set(_missed(reached["operations"])))


def _missed(told):
    """Where keywords stand that no request has both kept and broken."""
    for name, one in told.items() if isinstance(told, dict) else enumerate(told):
        if isinstance(one, dict) and one.get("state") in ("miss", "partial"):
            yield one["schema_path"]
        elif isinstance(one, dict | list) and name != "responses":
            yield from _missed(one)


def _login(name, person):
    """How one of the people logs in: again whenever a session was ended, by a log-out of the campaign for one."""
    return {
        "name": name,
        "loginEndpointAuth": {
            "endpoint": "/api/v1/sessions",
            "verb": "POST",
            "contentType": "application/json",
            "payloadRaw": json.dumps({"email": person.email, "password": person.password}),
            "token": {
                "extractFrom": "body",
                "extractSelector": "/access_token",
                "sendIn": "header",
                "sendName": "Authorization",
                "sendTemplate": "Bearer {token}",
            },
        },
    }


def _counted(told):
    found = re.search(r"([\d,]+) generated, ([\d,]+) .*passed", told)
    return tuple(int(one.replace(",", "")) for one in found.groups()) if found else (0, 0)
