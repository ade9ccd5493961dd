"""What the long run of all generators found, kept in the repository, and its table for readers."""

import hashlib
import json
from dataclasses import asdict
from pathlib import Path

from contract_tests.contract import tools

HERE = Path(__file__).parent
RESULTS = HERE / "results.json"
PAGE = HERE / "RESULTS.md"
HEAD = """# Clients

What common generators make of the published contract. `scripts/publish clients` writes this page.

Each client is generated from the document that a running server publishes, compiled under strict settings, and tells a story to
that server: log in, create a project and 25 tasks, replay one with its idempotency key, change it with `If-Match`, be refused
with 412 and with 422 and read the codes, complete a task, read all pages, and log out. What is not done is a fault of the
generator itself, or asks for what the package registries do not have.

| Generator | Version | Document | Generated | Compiled | Story | Seconds | Why not |
|---|---|---|---|---|---|---|---|
"""


def digest(document):
    """SHA-256 of a published document, wherever it is served."""
    text = json.dumps(tools.document(document), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def stored():
    """What is kept, by ``(generator, document)``."""
    rows = json.loads(RESULTS.read_text("utf-8")) if RESULTS.exists() else []
    return {(row["generator"], row["document"]): row for row in rows}


def row(generator, document, outcome):
    return {
        "generator": generator.name,
        "version": generator.version(),
        "document": document,
        "digest": digest(document),
        "compiler": generator.compiled_by,
        **asdict(outcome),
    }


def keep(rows, order):
    """Put new rows in the place of those of their generators and documents."""
    all_rows = {**stored(), **{(each["generator"], each["document"]): each for each in rows}}
    sorted_rows = [all_rows[key] for key in order if key in all_rows]
    RESULTS.write_text(json.dumps(sorted_rows, indent=1) + "\n", "utf-8")
    PAGE.write_text(page(sorted_rows), "utf-8")


def page(rows):
    return HEAD + "".join(map(_line, rows))


def _line(row):
    compiled = f"yes: `{row['compiler']}`" if row["compiled"] == "yes" else row["compiled"]
    cells = (
        *(row["generator"], row["version"], row["document"], row["generated"], compiled),
        *(row["story"], str(row["seconds"]), row["reason"]),
    )
    return f"| {' | '.join(cells)} |\n"
