"""What the portal tells readers beyond the published document: who may send an operation, what it causes, and how it fails."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from spec import load, published
from spec.answering import anchor
from spec.operations import Operation, nodes, operations, published_operations

DRY = "Validation succeeded; nothing was saved."
NOISE = (r"\x00", "[!-~]")  # of patterns that only keep control characters out
LARGEST = 2**53  # a larger bound is one of the database, and not of interest
LINK = re.compile(r"\[([^]]*)\]\([^)]*\)")
# Who has a permission beside roles, by the name in ``x-allowed-roles``.
BESIDE_ROLES = {
    "a_maintainer": "maintainers of the team",
    "an_assignee": "assignees of the task",
    "oneself": "the user",
    "the_creator": "the creator",
    "the_invited": "the invited user",
    "the_person": "the user",
}
PROOFS = {
    "always": "Required, with a password or a code.",
    "session": "Required from a session, with a password or a code.",
    "ownership": "Required to give ownership, with a password or a code.",
    "widening": "Required to extend access, with a password or a code.",
    "shortening": "Required to shorten a retention time, with a password or a code.",
}


def facts(
    document: Mapping[str, Any], operation: Operation, statuses: Mapping[str, int]
) -> list[tuple[str, str]]:
    """``(name, Markdown)`` of what readers ask about an operation. ``statuses`` has the status of each problem code."""
    node = operation.node
    rows = [("Scope", _listed(node["x-scopes"]) if node.get("x-scopes") else "")]
    if permission := node.get("x-permission"):
        rows.append(("Permission", f"`{permission}` ({_holders(node['x-allowed-roles'])})"))
    else:
        rows.append(("Permission", "None; authentication is not required."))
    rows += [
        ("Proof of identity", PROOFS.get(node.get("x-proof", ""), "")),
        ("Events", _listed(node.get("x-events", ()))),
        (
            "Errors",
            ", ".join(
                f"[`{code}`](/problems/{code}) ({statuses[code]})" for code in node.get("x-problems", ())
            ),
        ),
        ("Rate limit", _rate_limit(document, node)),
    ]
    if operation.is_write and "x-idempotency" in node:
        rows.append(("Idempotency", node["x-idempotency"]["exempt"]))
    return [(name, text) for name, text in rows if text]


def document(server_url: str, statuses: Mapping[str, int]) -> dict[str, Any]:
    """The published document for readers: with the facts of each operation, and without what only programs need."""
    readable = published.openapi_30(server_url)
    contract = load()
    for operation in operations(readable):
        node = operation.node
        rows = facts(contract, operation, statuses)
        node["description"] += "\n\n" + "\n".join(f"- **{name}:** {text}" for name, text in rows)
        _join_dry_run(node)
    _list_codes(readable, statuses)
    for node in nodes(readable):
        pattern = node.get("pattern")
        is_noise = isinstance(pattern, str) and any(part in pattern for part in NOISE)
        if is_noise or node.get("format") in contract["x-formats"]:
            node.pop("pattern", None)
        for bound in ("maximum", "minimum"):
            if isinstance(node.get(bound), int) and abs(node[bound]) > LARGEST:
                del node[bound]
    return readable


def anchors() -> dict[str, str]:
    """The URL in the portal of each published operation."""
    return {
        operation.node["operationId"]: f"/docs#{anchor(operation)}"
        for operation in published_operations(load())
    }


def _join_dry_run(node: dict[str, Any]) -> None:
    """Tell of a dry run with the response of the write itself, which is then the first that readers see."""
    responses = node["responses"]
    made = next((status for status in ("201", "202") if status in responses), None)
    if made and responses.get("200", {}).get("description") == DRY:
        del responses["200"]
        dry_run = "With `validate_only=true`, the response is 200 with the same body, and nothing is saved."
        responses[made]["description"] += f" {dry_run}"


def _list_codes(readable: dict[str, Any], statuses: Mapping[str, int]) -> None:
    """Name on each shared response the codes that any operation may answer with its status."""
    own = {code for operation in operations(load()) for code in operation.node.get("x-problems", ())}
    for response in readable["components"]["responses"].values():
        example = response.get("content", {}).get("application/problem+json", {}).get("example")
        if example:
            codes = [
                code
                for code, status in sorted(statuses.items())
                if status == example["status"] and code not in own
            ]
            response["description"] += (
                f" Codes: {', '.join(f'[`{code}`](/problems/{code})' for code in codes)}."
            )


def _rate_limit(document: Mapping[str, Any], node: Mapping[str, Any]) -> str:
    name = node.get("x-rate-limit", "default")
    limit = document["x-rate-limits"][name]
    per = "caller" if "caller" in limit else "network address"
    return f"`{name}`: {limit.get('caller') or limit['address']:,} requests in {limit['seconds']:,} seconds per {per}."


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _holders(names: Iterable[str]) -> str:
    """Who has a permission: `roles: member, admin, owner; also the creator`."""
    if "anybody" in names:
        return "every user"
    roles = [name for name in names if name not in BESIDE_ROLES]
    others = sorted({BESIDE_ROLES[name] for name in names if name in BESIDE_ROLES})
    parts = [f"roles: {', '.join(roles)}" if roles else "", " and ".join(others)]
    return "; also ".join(part for part in parts if part)


def topics(statuses: Mapping[str, int]) -> Iterable[tuple[str, str, str, str, tuple[str, ...]]]:
    """``(title, group, text, URL, facts)`` of each published operation, for the search."""
    contract = load()
    groups = {tag["name"]: tag["x-displayName"] for tag in contract["tags"]}
    for operation in published_operations(contract):
        node = operation.node
        rows = [(name, LINK.sub(r"\1", text)) for name, text in facts(contract, operation, statuses)]
        head = (f"{operation.method.upper()} {operation.path}", node["operationId"])
        fact_texts = tuple(f"{name}: {text}".replace("`", "") for name, text in rows)
        url = f"/docs#{anchor(operation)}"
        yield node["summary"], groups[node["tags"][0]], node["description"], url, (*head, *fact_texts)


def summary() -> str:
    """What the API is for: the first paragraph of the contract's introduction."""
    return " ".join(load()["info"]["description"].split("\n\n")[0].split())
