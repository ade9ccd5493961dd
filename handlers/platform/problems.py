"""The catalogue of errors."""

import json
import re
from http import HTTPStatus
from itertools import groupby
from operator import itemgetter

import spec
from handlers.pages import rendering
from models.base.errors import NotFound, problem_types_of
from models.base.settings import settings
from spec import answering

_status = itemgetter("status")
INSTANCE = "urn:remit:request:0198c0de-7c7e-7f00-8000-00000000002a"
VARIABLE = re.compile(r"\$[A-Z][A-Z_]*")
MANY = 12  # operations that a page shows without being asked


def list_problems(caller, media_type):
    types = [_type(cls) for _, cls in sorted(problem_types_of(spec.controllers()).items())]
    if media_type != "text/html":
        return {"items": types}
    by_status = sorted(types, key=_status)
    groups = [
        (status, HTTPStatus(status).phrase, list(of_status))
        for status, of_status in groupby(by_status, key=_status)
    ]
    html, headers = rendering.page("problems.html", forms="'self'", groups=groups)
    return html, 200, headers


def get_problem(code, caller, media_type):
    cls = problem_types_of(spec.controllers()).get(code)
    if cls is None:
        raise NotFound("No type of problem has this code.")
    if media_type != "text/html":
        return _type(cls)
    html, headers = rendering.page(
        "problem.html",
        forms="'self'",
        catalogue=f"{settings().public_url}/problems",
        problem=_type(cls),
        phrase=HTTPStatus(cls.status).phrase,
        attempt=_attempt(cls),
        variables=list(dict.fromkeys(VARIABLE.findall(_attempt(cls)))),
        example=json.dumps(_example(cls), indent=2, ensure_ascii=False),
        answering=answering.of(code, cls.status),
        many=MANY,
    )
    return html, 200, headers


def _type(cls):
    attempt = _attempt(cls)
    return {
        "code": cls.code(),
        "type": f"{settings().public_url}/problems/{cls.code()}",
        "title": cls.title(),
        "status": cls.status,
        "retryable": cls.retryable,
        "cause": _sentence(cls.section("Cause")),
        "fix": _sentence(cls.section("Fix")),
        "curl": attempt if attempt.startswith("curl ") else "",
    }


def _attempt(cls):
    """The command that produces the problem, or why no single command does."""
    return cls.section("Try").replace("$BASE", f"{settings().public_url}/api/v1")


def _example(cls):
    """The problem as the API answers it: what is the same for the type, and what the contract's example tells of one time."""
    problem_type = _type(cls)
    example = {
        **{name: problem_type[name] for name in ("type", "title", "status")},
        "detail": cls.title(),
        "instance": INSTANCE,
        **{name: problem_type[name] for name in ("code", "retryable")},
        "permission": None,
        "current_etag": None,
        "changed_fields": [],
        "errors": [],
    }
    return example | answering.example(cls.code())


def _sentence(text):
    return text[:1].upper() + text[1:]
