"""What a run leaves: a table on the screen, JSON for machines, Markdown for the README."""

import dataclasses
import datetime
import importlib.metadata
import json
import pathlib

from contract_tests.bench import machine
from contract_tests.bench.rounds import costs, ratios

FOLDER = pathlib.Path(__file__).parent / "results"
LIBRARIES = (
    "connexion",
    "flask",
    "fastapi",
    "pydantic",
    "sqlmodel",
    "uvicorn",
    "uvloop",
    "psycopg2-binary",
    "peewee",
)


NODE_LOCK = pathlib.Path(__file__).parent / "servers" / "express" / "package-lock.json"
NODE_LIBRARIES = ("express", "express-validator", "typeorm", "pg")


@dataclasses.dataclass(frozen=True)
class ByProcessor:
    """A target for the ratio of the server's processor time per request, not of rates."""

    at_least: float


Aim = float | ByProcessor  # a number is a target for the ratio of rates
Target = Aim | dict[str, Aim]  # for all operations, or for each


def versions() -> dict:
    versions = {}
    for name in LIBRARIES:
        try:
            versions[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    packages = json.loads(NODE_LOCK.read_text())["packages"]
    return versions | {name: packages[f"node_modules/{name}"]["version"] for name in NODE_LIBRARIES}


def table(title: str, columns: list[str], rows: list[list]) -> dict:
    """A table of a part: what it is, its columns, its rows."""
    return {"title": title, "columns": columns, "rows": [[str(cell) for cell in row] for row in rows]}


def rate_table(title: str, results: dict, subject: str, targets: dict[str, Target]) -> dict:
    """Requests a second of each contender, and the subject's ratio to each that a target is set for."""
    names = list(next(iter(results.values())))
    against = {other: ratios(results, subject, other) for other in targets if {subject, other} <= set(names)}
    columns = ["requests/s", *names, *(f"{subject} to {other}" for other in against)]
    cost, rows = costs(results, subject), []
    for operation, each in results.items():
        cells = [f"{each[name]['per_second']:,.0f}" for name in names]
        for other, ratio in against.items():
            if operation in ratio:
                target = targets[other]
                aim = target[operation] if isinstance(target, dict) else target
                cells.append(verdict(ratio[operation], cost[operation][other], aim))
        rows.append([operation, *cells])
    return table(title + shared(results), columns, rows)


def processor_table(results: dict) -> dict:
    """Processor time per request, of the server and of PostgreSQL."""
    names = list(next(iter(results.values())))
    rows = [
        [operation, *(processor_times(each[name]) for name in names)] for operation, each in results.items()
    ]
    return table("Processor time, µs a request" + shared(results), ["server / PostgreSQL", *names], rows)


def processor_times(figures: dict) -> str:
    return f"{figures['processor_us']:,.0f} / {figures['postgresql_us']:,.0f}"


def shared(results: dict) -> str:
    """What a title has to admit: that the server's core was not the server's alone."""
    worst = max(each["disturbed"] for contenders in results.values() for each in contenders.values())
    return f" (somebody else had up to {worst:.0%} of the server's core)" if worst > 0.1 else ""


def verdict(value: float, cost: float, aim: Aim) -> str:
    """The ratios of rates and of processor time per request, and whether the target is reached."""
    if isinstance(aim, ByProcessor):
        return f"{value:.2f}× (processor {cost:.2f}×, ≥ {aim.at_least:g}: {outcome(cost, aim.at_least)})"
    return f"{value:.2f}× (≥ {aim:g}: {outcome(value, aim)}; processor {cost:.2f}×)"


def outcome(value: float, at_least: float) -> str:
    return "reached" if value >= at_least else "missed"


def markdown(tables: list[dict]) -> str:
    blocks = []
    for each in tables:
        lines = [f"**{each['title']}**", "", "| " + " | ".join(each["columns"]) + " |"]
        lines.append("|" + "|".join([" --- ", *(" ---: " for _ in each["columns"][1:])]) + "|")
        lines += ["| " + " | ".join(row) + " |" for row in each["rows"]]
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks) + "\n"


def show(each: dict):
    """Print a table, columns aligned."""
    rows = [each["columns"], *each["rows"]]
    widths = [max(len(row[index]) for row in rows) for index in range(len(each["columns"]))]
    print(f"\n{each['title']}")
    for row in rows:
        cells = [
            cell.ljust(width) if not index else cell.rjust(width)
            for index, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        print("  " + "  ".join(cells))
    print(flush=True)


def keep(part: str, measured: dict, tables: list[dict], quick: bool):
    """Put one part's results beside those of the parts measured before; a quick run is kept apart."""
    path = FOLDER / ("quick.json" if quick else "latest.json")
    results = json.loads(path.read_text()) if path.exists() else {}
    now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    results["machine"], results["versions"] = machine.description(), versions()
    results.setdefault("parts", {})[part] = {"measured_at": now, "measured": measured, "tables": tables}
    path.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n")
    if not quick:
        everything = [each for name in sorted(results["parts"]) for each in results["parts"][name]["tables"]]
        (FOLDER / "README-table.md").write_text(markdown(everything))
