"""The guides: Markdown files in the order in which they are read, and the changelog."""

from functools import cache

from spec import FOLDER

NAMES = (
    "quickstart",
    "authentication",
    "oauth",
    "errors",
    "idempotency",
    "concurrency",
    "pagination",
    "rate-limits",
    "events",
    "document-templates",
    "notifications",
    "versioning",
    "changelog",
)


@cache
def source(name: str) -> str:
    """The Markdown text of a guide."""
    path = FOLDER / "changelog.md" if name == "changelog" else FOLDER / "guides" / f"{name}.md"
    return path.read_text("utf-8")
