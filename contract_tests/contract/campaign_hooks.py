"""What the contract says in words and no schema can, told to Schemathesis: a key is new, cursors and ETags are given.

Loaded by the program that ``campaign`` starts.  Requests that are meant to be wrong are left as they are.
"""

import itertools
import json
import os
import re
from collections import deque
from pathlib import Path
from uuid import uuid4

import schemathesis
from requests.structures import CaseInsensitiveDict
from schemathesis.core.parameters import ParameterLocation
from tracecov.schemathesis import install as measure_coverage

from contract_tests.contract import campaign_formats

campaign_formats.register()
measure_coverage()  # which parts of the contract the campaign has reached
KEY = re.compile(r"[!-~]{1,255}")
CURSOR = re.compile(r"[A-Za-z0-9_-]{1,1000}")
NEVER = '"0"'  # the ETag of no version
# As DELETE: what was a good request is none any more.
ONCE = ("transfer_ownership", "unlink_identity", "complete_task", "reopen_task", "cancel_job")
WITHOUT_SESSION = ("log_in", "register_user", "complete_password_reset")
_numbers = itertools.count(1)
_queries = {}  # of each cursor that a list gave, the query of that list
_etags = {}  # of each address, the validator that was last seen there
_there = {}  # by the last word of a list's address, the ids that were seen in it
_tokens = []  # refresh tokens that were not used yet
_succeeded = set()  # which operations, in which phases
_tasks = {"complete_task": [], "reopen_task": []}  # that were seen last in a status where it can be done
_good_requests = {
    name: deque(requests)
    for name, requests in json.loads(Path(os.environ["REMIT_GOOD_REQUESTS"]).read_text()).items()
}
# What good requests are about is named by these alone: nothing else of the campaign deletes it.
_reserved_ids = {
    id
    for requests in _good_requests.values()
    for request in requests
    for id in request.get("path", {}).values()
}
_peers = [
    json.loads(peer["loginEndpointAuth"]["payloadRaw"])
    for peer in json.loads(Path(os.environ["REMIT_PEERS"]).read_text())["auth"]
]


@schemathesis.hook
def before_call(context, case, kwargs):
    _prove_who_one_is(case)
    if case.meta is None or case.meta.generation.mode.is_negative:
        return
    _keep_to_given_cursors(case)
    operation_id = _operation(case)
    if (
        operation_id != "transfer_ownership"
    ):  # else the organization in which everything is would be handed over
        _name_what_is_there(case)
    if _tasks.get(operation_id) and next(_numbers) % 2:
        case.path_parameters = {"task_id": _tasks[operation_id].pop()}
    if isinstance(case.body, dict):
        case.body = _without_peers(operation_id, case.body)
    if _good_requests.get(operation_id) and (_is_new(case) or (not _ends(case) and next(_numbers) % 2)):
        _make_good(case, _good_requests[operation_id])
    elif _ends(case) and _reserved_ids.intersection((case.path_parameters or {}).values()):
        case.path_parameters = {name: str(uuid4()) for name in case.path_parameters}  # others ask about it
    _tell_headers(case)  # last, because an ETag is of the address that it came to be


@schemathesis.hook
def after_call(context, case, response):
    if response.status_code in (200, 201):
        _remember(case.path, response)
    if response.status_code < 300 and "etag" in response.headers:
        _etags[case.formatted_path] = response.headers["etag"][0]
    if response.status_code == 412:
        _etags.pop(case.formatted_path, None)  # it was changed by another address: any will do next time
    if response.status_code < 300 and case.meta is not None:
        _succeeded.add((_operation(case), case.meta.phase.name))
    if (response.status_code < 300 or response.status_code == 404) and _ends(case):
        _forget(case)
    elif response.status_code == 201 and "location" in response.headers:
        _see(*response.headers["location"][0].split("/")[-2:])
    if response.status_code in (200, 201) and case.path.startswith("/tasks") and "etag" in response.headers:
        task = response.json()
        _tasks["reopen_task" if task["status"] == "done" else "complete_task"].append(task["id"])
    if response.status_code == 201 and b'"refresh_token":"' in response.content:
        _tokens.append(response.json()["refresh_token"])
    is_page = response.status_code == 200 and case.method == "GET" and b'"next_cursor":"' in response.content
    if is_page and (cursor := response.json().get("next_cursor")):  # and no document that names the property
        _queries[cursor] = {name: value for name, value in case.query.items() if name != "cursor"}


@schemathesis.check
def valid_requests_are_refused_by_rules_alone(context, response, case):
    """Every fault of a request that its schemas allow is of a rule in ``x-problems`` of the operation."""
    if case.meta is not None and case.meta.generation.mode.is_positive and response.status_code == 422:
        rules = case.operation.definition.raw.get("x-problems", ())
        others = {error["code"] for error in response.json()["errors"]} - set(rules)
        assert not others, f"a valid request was refused with {', '.join(sorted(others))}"


def _operation(case):
    return case.operation.definition.raw["operationId"]


def _make_good(case, requests):
    """Parts of a request that is known to be good; the next one is another."""
    requests.rotate(1)
    request = requests[0]
    case.path_parameters = request.get("path", case.path_parameters)
    case.query = request.get("query", case.query)
    case.body = request.get("body", case.body)
    case.headers = CaseInsensitiveDict({**(case.headers or {}), **request.get("headers", {})})


def _prove_who_one_is(case):
    """A body that is meant to be valid has the password of who asks, whatever else of the request is wrong: others are
    guesses, after some of which the person has to wait."""
    if case.meta is None or _operation(case) in WITHOUT_SESSION:
        return
    body = case.meta.components.get(
        ParameterLocation.BODY, case.meta.generation
    )  # an example has no components
    if isinstance(case.body, dict) and body.mode.is_positive:
        if "x-proof" in case.operation.definition.raw and "current_password" not in case.body:
            case.body = {**case.body, "password": None}
        case.body = {
            name: _peers[0]["password"] if name.endswith("password") else value
            for name, value in case.body.items()
        }


def _tell_headers(case):
    """A new Idempotency-Key for a new request, and in If-Match what was seen last.

    Headers are taken as changed in any case, so that they are compared with the contract once more: of a header whose
    pattern asks for quotes, Schemathesis 4.32 sends one wrong value (``If-None-Match: 0``) that it believes right.
    """
    headers = CaseInsensitiveDict(case.headers or {})
    key = headers.get("Idempotency-Key")
    if isinstance(key, str) and KEY.fullmatch(key):
        headers["Idempotency-Key"] = f"{uuid4()}.{key}"[:255]
    if "If-Match" in headers:
        headers["If-Match"] = "*" if _is_new(case) else _etags.get(case.formatted_path, "*")
    if "If-None-Match" in headers and case.method != "GET" and (_is_new(case) or next(_numbers) % 4):
        headers["If-None-Match"] = NEVER  # what is there matches `*`, and the write would be refused
    case.headers = headers


def _remember(path, response):
    """The ids of what a list shows, and of what was made there, by the last word of the list's address."""
    if not path.endswith("}") and "json" in response.headers.get("content-type", [""])[0]:
        body = response.json()
        for item in body.get("items", [body]) if isinstance(body, dict) else ():
            if isinstance(item, dict) and (id := item.get("id") or item.get("name")):
                _see(path.rpartition("/")[2], id)


def _see(noun, id):
    if id not in _reserved_ids:
        _there.setdefault(noun, deque(maxlen=20)).append(id)


def _is_new(case):
    """Whether the operation has not succeeded yet in the phase: until then it is asked what is known to be good."""
    return (_operation(case), case.meta.phase.name) not in _succeeded


def _ends(case):
    return case.method == "DELETE" or _operation(case) in ONCE


def _forget(case):
    """What was deleted is no longer there to be named, and no good request is made a second time."""
    before, id = case.formatted_path.split("/")[-2:]
    if case.path.endswith("}") and id in _there.get(before, ()):
        _there[before].remove(id)
    requests = _good_requests.get(_operation(case), ())
    if requests and requests[0].get("path") == case.path_parameters:
        requests.popleft()


def _name_what_is_there(case):
    """Every other time, what path and body name is something that was seen: of most things there are too few to be guessed."""
    for before, name in re.findall(r"([^/]+)/{([^/}]+)}", case.path):
        if _there.get(before) and next(_numbers) % 2:
            case.path_parameters = {
                **case.path_parameters,
                name: _there[before][-1 - next(_numbers) % len(_there[before])],
            }

    for name in case.body if isinstance(case.body, dict) else ():
        seen = _there.get(f"{name.removesuffix('_id').replace('_', '-')}s") if name.endswith("_id") else None
        if seen and isinstance(case.body[name], str) and next(_numbers) % 2:
            case.body = {**case.body, name: seen[-1 - next(_numbers) % len(seen)]}


def _keep_to_given_cursors(case):
    """A cursor that a list gave goes with that list's own filters; one that none gave is left out."""
    cursor = (case.query or {}).get("cursor")
    if not isinstance(cursor, str) or not CURSOR.fullmatch(cursor):
        return
    if cursor in _queries:
        case.query = {**_queries[cursor], "cursor": cursor}
    else:
        case.query = {name: value for name, value in case.query.items() if name != "cursor"}


def _without_peers(operation_id, body):
    """The body, with what only somebody who is known could send."""
    if operation_id == "log_in" and next(_numbers) % 2:
        return _peers[0]
    if operation_id == "refresh_session" and _tokens:
        return {"refresh_token": _tokens.pop()}
    if str(body.get("email")).lower() in {peer["email"] for peer in _peers}:
        return {
            **body,
            "email": "nobody@example.org",
        }  # what is shared with a peer on purpose would seem a leak
    return body
