"""Origins: the file and line of each part of the joined contract, for messages of tools that read the joined document."""

from functools import cache
from pathlib import Path

import yaml

import spec


def where(pointer: str) -> str:
    """``file:line`` of what a JSON Pointer (RFC 6901) into the joined document leads to.

    What no file has is said to be added, with the line of the nearest part that one has.
    """
    steps = [
        step.replace("~1", "/").replace("~0", "~")
        for step in pointer.lstrip("#").strip("/").split("/")
        if step
    ]
    path, depth = _file_of(tuple(steps))
    node: yaml.Node | None = yaml.compose(path.read_text("utf-8"))
    line = 1
    for number, step in enumerate(steps):
        member = _child(node, step)
        if member is None:
            added = f", added by {'/'.join(steps[number:])} of defaults.yaml" if number >= depth else ""
            return f"{_name(path)}:{line}{added}"
        key, node = member
        line = key.start_mark.line + 1
    return f"{_name(path)}:{line}"


def _name(path: Path) -> str:
    return f"spec/{path.relative_to(spec.FOLDER)}"


@cache
def _origins() -> dict[tuple[str, str], Path]:
    return spec.defined_in()


def _file_of(steps: tuple[str, ...]) -> tuple[Path, int]:
    """The file that has a part of the document, and the number of steps to what it certainly has."""
    if steps[:1] == ("components",) and steps[1:3] in _origins():
        return _origins()[steps[1], steps[2]], 3
    if steps[:2] in _origins():
        return _origins()[steps[0], steps[1]], 2
    return spec.FOLDER / "openapi.yaml", 1


def _child(node: yaml.Node | None, step: str) -> tuple[yaml.Node, yaml.Node] | None:
    """``(key, value)`` of a member of a mapping, or of an item of a sequence."""
    if isinstance(node, yaml.MappingNode):
        return next(((key, value) for key, value in node.value if key.value == step), None)
    if isinstance(node, yaml.SequenceNode) and step.isdigit() and int(step) < len(node.value):
        return node.value[int(step)], node.value[int(step)]
    return None
