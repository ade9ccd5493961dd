"""A campaign: Schemathesis, as a program of its own, against the running server on the published contract."""

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from contract_tests.support.operations import OPERATIONS
from contract_tests.support.rules import statuses_of
from spec import published

CONFIG = Path(__file__).with_name("schemathesis.toml")
HOOKS = Path(__file__).with_name("campaign_hooks.py")
PHASES = "examples,coverage,fuzzing,stateful"
ACCEPTED = ["2xx", "3xx", 401, 403, 404, 409, 412]  # as schemathesis.toml has it of every operation


@dataclass
class Outcome:
    """How a campaign ended: the exit code, what was told, how many requests were made up and sent.

    ``coverage`` is how many parts of the contract were reached, in percent: its operations, parameters, keywords and so on;
    ``missed`` are the keywords that were not.
    """

    exit_code: int
    output: str
    cases: int
    passed: int
    coverage: dict
    missed: set


def run(folder, base_url, people, *, seed, examples, good_requests=None, phases=PHASES, only=()):
    """Ask ``examples`` random requests an operation and phase, as ``people``, who are each other's peers.

    ``good_requests`` are parts of requests, by operation: see ``campaign_world.good_requests``.
    """
    contract = folder / "openapi.json"
    contract.write_text(json.dumps(published.openapi_30(base_url, internal=True)))
    peers = folder / "peers.json"
    peers.write_text(json.dumps({"auth": [_login(name, person) for name, person in people.items()]}))
    config = folder / "schemathesis.toml"
    config.write_text(CONFIG.read_text("utf-8") + "".join(_refused_by_rules()))
    good_requests_path = folder / "good-requests.json"
    good_requests_path.write_text(json.dumps(good_requests or {}))
    command = [
        sys.executable,
        "-m",
        "schemathesis.cli",
        "--no-color",
        "--config-file",
        str(config),
        "run",
        str(contract),
    ]
    command += ["--url", base_url, "--phases", phases, "--max-examples", str(examples), "--seed", str(seed)]
    command += [part for name in only for part in ("--include-operation-id", name)]
    surroundings = {
        **os.environ,
        "REMIT_PEERS": str(peers),
        "REMIT_GOOD_REQUESTS": str(good_requests_path),
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
    coverage = {
        name: dimension["percent"] for name, dimension in reached["summary"].items() if "percent" in dimension
    }
    return Outcome(done.returncode, done.stdout, cases, passed, coverage, set(_missed(reached["operations"])))


def _refused_by_rules():
    """The part of the configuration about operations whose rules refuse what the schemas allow."""
    for operation in OPERATIONS:
        if more := sorted(statuses_of(operation.node.get("x-problems", ())).keys() - set(ACCEPTED)):
            yield f"""
[[operations]]
include-operation-id = "{operation.id}"
checks.positive_data_acceptance.expected-statuses = {json.dumps([*ACCEPTED, *more])}
"""


def _missed(node):
    """Where keywords stand that no request has both kept and broken."""
    for name, child in node.items() if isinstance(node, dict) else enumerate(node):
        if isinstance(child, dict) and child.get("state") in ("miss", "partial"):
            yield child["schema_path"]
        elif isinstance(child, dict | list) and name != "responses":
            yield from _missed(child)


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


def _counted(output):
    match = re.search(r"([\d,]+) generated, ([\d,]+) .*passed", output)
    return tuple(int(count.replace(",", "")) for count in match.groups()) if match else (0, 0)
