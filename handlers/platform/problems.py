"""The catalogue of errors."""

from functools import cache
from html import escape
from importlib import import_module

import spec
from models.base.errors import NotFound, problem_types
from models.base.settings import settings

PAGE = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>{title} · Remit</title><meta name="viewport" content="width=device-width, initial-scale=1">
<style>
:root {{ color-scheme: light dark; }}
body {{ font: 16px/1.6 system-ui, sans-serif; max-width: 46rem; margin: 3rem auto; padding: 0 1.25rem; }}
code, pre {{ font: 14px/1.5 ui-monospace, monospace; }}
pre {{ padding: .9rem 1rem; border: 1px solid #8884; border-radius: .4rem; overflow-x: auto; }}
dt {{ font-weight: 600; margin-top: 1rem; }} dd {{ margin: 0; }}
td, th {{ text-align: left; padding: .3rem 1rem .3rem 0; vertical-align: top; }}
</style></head>
<body>{body}</body>
</html>
"""


def list_problems(caller, media_type):
    found = [_shown(cls) for _, cls in sorted(_every_type().items())]
    if media_type != "text/html":
        return {"items": found}
    rows = "".join(
        f'<tr><td>{one["status"]}</td><td><a href="{escape(one["type"])}"><code>{one["code"]}</code></a></td>'
        f"<td>{escape(one['title'])}</td></tr>"
        for one in found
    )
    table = f"<table><tr><th>Status</th><th>Code</th><th>Problem</th></tr>{rows}</table>"
    return PAGE.format(title="Problems", body=f"<h1>Problems</h1><p>Everything that can go wrong.</p>{table}")


def get_problem(code, caller, media_type):
    cls = _every_type().get(code)
    if cls is None:
        raise NotFound("No type of problem has this code.")
    one = _shown(cls)
    if media_type != "text/html":
        return one
    again = "may succeed later" if one["retryable"] else "will be refused again"
    body = f"""<p><a href="{settings().public_url}/problems">Problems</a></p>
<h1>{escape(one["title"])}</h1>
<dl><dt>Code</dt><dd><code>{one["code"]}</code></dd><dt>Status</dt><dd>{one["status"]}</dd>
<dt>Cause</dt><dd>{escape(one["cause"])}</dd><dt>Fix</dt><dd>{escape(one["fix"])}</dd>
<dt>Retry</dt><dd>The same request {again}.</dd></dl>
<h2>Try</h2><pre>{escape(one["curl"])}</pre>"""
    return PAGE.format(title=escape(one["title"]), body=body)


@cache
def _every_type():
    """The types of problems of all operations, whose modules are imported when an operation is first used."""
    for module in spec.controllers():
        import_module(module)
    return problem_types()


def _shown(cls):
    return {
        "code": cls.code(),
        "type": f"{settings().public_url}/problems/{cls.code()}",
        "title": cls.title(),
        "status": cls.status,
        "retryable": cls.retryable,
        "cause": cls.section("Cause"),
        "fix": cls.section("Fix"),
        "curl": cls.section("Try").replace("$BASE", f"{settings().public_url}/api/v1"),
    }
