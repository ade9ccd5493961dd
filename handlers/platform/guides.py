"""The guides, the search over guides and reference, and their index for language models."""

from functools import cache

import spec
from handlers.pages import rendering, search
from handlers.pages.guides import Guide
from models.base.bodies import etag_of
from models.base.errors import NotFound, problem_types_of
from models.base.settings import settings
from spec import guides, reference

HOUR = "public, max-age=3600"
FORMS = "'self'"  # the search
SOURCE = ".md"
KEPT_TEXT = {"Cache-Control": HOUR, "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'"}
QUESTIONS = ("which scope do I need to create a task?", "what happens when I retry?", "how do I page?")


def get_guide_index(caller):
    return _index_page()


def get_guide(guide_name, caller, media_type, language="curl"):
    name = guide_name.removesuffix(SOURCE)
    if name not in guides.NAMES:
        raise NotFound("No guide has this name.")
    if guide_name.endswith(SOURCE) or media_type == "text/markdown":
        body = guides.source(name).encode()
        return body, 200, {**KEPT_TEXT, "ETag": etag_of(body), "Content-Type": "text/markdown"}
    return _guide_page(name, language)


def get_documentation_search(caller, q=""):
    facts = {"question": q, "results": _search_index().find(q), "questions": QUESTIONS}
    html, headers = rendering.page("search.html", forms=FORMS, **facts)
    return html, 200, {**headers, "Cache-Control": HOUR}


def get_llms_txt(caller):
    return _llms_txt()


@cache
def _guide(name):
    links = reference.anchors() | {code: f"/problems/{code}" for code in problem_types_of(spec.controllers())}
    return Guide(name, guides.source(name), links)


@cache
def _guide_page(name, language):
    number, guide = guides.NAMES.index(name), _guide(name)
    before, after = (
        _guide(guides.NAMES[other]) if 0 <= other < len(guides.NAMES) else None
        for other in (number - 1, number + 1)
    )
    query = "" if language == "curl" else f"?language={language}"
    return _cacheable(
        "guide.html", guide=guide, html=guide.html(language), before=before, after=after, query=query
    )


@cache
def _index_page():
    return _cacheable("guides.html", guides=[_guide(name) for name in guides.NAMES])


def _cacheable(template, **facts):
    """A page that is made once, as an answer."""
    html, headers = rendering.page(template, forms=FORMS, **facts)
    body = html.encode()
    return body, 200, {**headers, "ETag": etag_of(body), "Cache-Control": HOUR}


@cache
def _search_index():
    return search.Index([*_entries_of_guides(), *_entries_of_problems(), *_entries_of_the_contract()])


def _entries_of_guides():
    for name in guides.NAMES:
        guide = _guide(name)
        for section in guide.sections:
            anchor = f"#{section.anchor}" if section.level > 1 else ""
            context = guide.title if anchor else ""
            url = f"/docs/guides/{name}{anchor}"
            yield search.Entry(
                "Guide", section.title, context, section.text, url, is_past=name == "changelog"
            )


def _entries_of_problems():
    for code, cls in sorted(problem_types_of(spec.controllers()).items()):
        text = f"{cls.section('Cause')} {cls.section('Fix')}".replace("`", "")
        facts = (code, f"Status {cls.status}")
        yield search.Entry("Error", cls.title().replace("`", ""), "", text, f"/problems/{code}", facts)


def _entries_of_the_contract():
    statuses = {code: cls.status for code, cls in problem_types_of(spec.controllers()).items()}
    for title, context, text, url, facts in reference.topics(statuses):
        yield search.Entry("Operation", title, context, text.replace("`", ""), url, facts)
    for name, text in spec.load()["x-event-types"].items():
        yield search.Entry("Event type", name, "Events", text, "/docs/guides/events#event-types")


@cache
def _llms_txt():
    base = settings().public_url
    lines = ["# Remit", "", f"> {reference.summary()}", "", "## Guides", ""]
    lines += [
        f"- [{_guide(name).title}]({base}/docs/guides/{name}{SOURCE}): {_guide(name).lead}"
        for name in guides.NAMES
    ]
    lines += [
        "",
        "## API description",
        "",
        f"- [OpenAPI 3.0.3]({base}/openapi.json): The contract that the server enforces.",
        f"- [OpenAPI 3.1]({base}/openapi-3.1.json): The same contract as OpenAPI 3.1.",
        f"- [API catalog]({base}/.well-known/api-catalog): Links to the descriptions of the API (RFC 9727).",
        f"- [API reference]({base}/docs): The contract as a page, in which you can send requests.",
        "",
        "## Errors",
        "",
        f"- [Problem types]({base}/problems): Every problem code with its cause and its fix, as JSON.",
        "",
    ]
    body = "\n".join(lines).encode()
    return body, 200, {"ETag": etag_of(body), "Cache-Control": HOUR, "Content-Type": "text/plain"}
