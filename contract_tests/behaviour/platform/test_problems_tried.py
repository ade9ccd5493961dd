"""The command on a problem's page really produces the problem; where no single command does, the page says so."""

import os
import re

import pytest
import yaml

import spec
from contract_tests.support import curl
from contract_tests.support.attempts import Attempts
from contract_tests.support.situations import SITUATIONS
from handlers.http import frame  # noqa: F401  it has the refusals of the server itself
from handlers.http.compiled import CompiledContract, handler_of
from models.base.errors import problem_types
from models.base.settings import settings
from spec import answering

# Where no command helps: what is told instead.
WITHOUT_COMMAND = {
    "http_version_not_supported",
    "internal_error",
    "provider_unavailable",
    "rate_limited",
    "request_in_progress",
    "unavailable",
}
# How a server is told to have no such provider.
SETTINGS = {"provider_not_configured": {"REMIT_GITHUB_CLIENT_ID": ""}}


# With this variable, what is answered is recorded (``scripts/publish problems``) and not compared.
RECORDS = bool(os.environ.get("REMIT_RECORD_PROBLEMS"))
HEAD = "# Recorded from a running server by scripts/publish problems; not written by hand.\n\n"
# What differs from run to run, and what stands for it.
VARYING = [
    (re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d UTC"), "2026-03-06 16:05 UTC"),
    (re.compile(r"person[0-9a-f-]*@example\.org"), "iris@harborview.example"),
    (re.compile(r"Person \d+"), "Iris Castell"),
    (re.compile(r"\br_t[a-z]{4}\b"), "reviewer"),
    (re.compile(r"\bT[A-Z]{4}\b"), "ENG"),
]


def all_types():
    CompiledContract(spec.load(), handler_of).compile_all()
    return problem_types()


TYPES = all_types()


@pytest.fixture(scope="module")
def attempts(anonymous, provider, live):
    return Attempts(anonymous, provider)


@pytest.fixture(scope="module")
def catalogue(anonymous):
    return {problem["code"]: problem for problem in anonymous.get("/problems").json()["items"]}


@pytest.fixture
def ready(monkeypatch):
    """What the server is told for the command of a code."""

    def tell(code):
        for name, value in SETTINGS.get(code, {}).items():
            monkeypatch.setenv(name, value)
        settings.cache_clear()

    yield tell
    monkeypatch.undo()
    settings.cache_clear()


@pytest.fixture(scope="module")
def records():
    """The examples that are recorded now, by code; kept when all were."""
    examples = {}
    yield examples
    if RECORDS:
        assert examples.keys() == TYPES.keys() - WITHOUT_COMMAND - answering.in_contract().keys(), (
            "run all of them"
        )
        text = yaml.safe_dump(
            {code: examples[code] for code in sorted(examples) if examples[code]},
            sort_keys=False,
            allow_unicode=True,
            width=120,
        )
        answering.RECORDED.write_text(HEAD + text, "utf-8")


def recorded(problem):
    """What differs from time to time in a problem, with what differs from run to run made the same."""
    plain = (None, [], problem["title"])
    return {name: same(problem[name]) for name in answering.MEMBERS if problem[name] not in plain}


def same(value):
    if isinstance(value, dict):
        return {name: same(member) for name, member in value.items()}
    if isinstance(value, list):
        return [same(item) for item in value]
    for pattern, instead in VARYING if isinstance(value, str) else ():
        value = pattern.sub(instead, value)
    return value


@pytest.mark.parametrize("code", sorted(TYPES.keys() - WITHOUT_COMMAND))
def test_the_command_produces_the_problem(code, attempts, catalogue, ready, records):
    text = catalogue[code]["curl"]
    values = attempts.values(code, curl.variables_of(text))
    ready(code)
    status, problem = curl.send(curl.read(text, values))
    assert (status, problem.get("code")) == (TYPES[code].status, code), problem
    if code not in answering.in_contract():
        records[code] = recorded(problem)
        assert RECORDS or records[code] == answering.recorded().get(code, {}), "Run scripts/publish problems."


@pytest.mark.parametrize("code", sorted(WITHOUT_COMMAND))
def test_where_no_command_does_the_page_says_why(code, catalogue, anonymous):
    assert catalogue[code]["curl"] == ""
    page = anonymous.get(f"/problems/{code}", headers={"Accept": "text/html"}).text
    assert "<p>No " in page and TYPES[code].section("Try").startswith("No ")


def test_what_is_prepared_is_needed():
    assert SITUATIONS.keys() | SETTINGS.keys() <= TYPES.keys() - WITHOUT_COMMAND
