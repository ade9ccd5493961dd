"""Representations: what leaves is what the contract names, and nothing else.  Compiled once for each schema."""

from collections.abc import Callable, Collection, Mapping
from datetime import date, datetime
from functools import cache
from keyword import iskeyword
from threading import RLock
from typing import Any, NamedTuple

Schema = Mapping[str, Any]
Projection = Callable[[Any], Any]  # of a value to what the contract shows of it


class Derived(NamedTuple):
    """What a property of an earlier snapshot shows: ``values`` by the value of the property ``source``."""

    source: str
    values: dict[Any, Any]


class Representation:
    """Projects rows and plain values through the response schemas of one contract."""

    def __init__(self, components: Mapping[str, Schema]) -> None:
        self.components = components
        self.named: dict[str, Projection | None] = {}
        self.lock = RLock()

    def of(self, schema: Schema) -> Projection | None:
        """A function that projects a value through ``schema``, or None when values pass as they are.

        One thread at a time compiles, so that no other sees a projection that is incomplete.
        """
        with self.lock:
            return self._of(schema)

    def _of(self, schema: Schema) -> Projection | None:
        if "$ref" in schema:
            name = schema["$ref"].rpartition("/")[2]
            if name not in self.named:
                self.named[name] = self._when_compiled(name)  # for a schema that contains itself
                self.named[name] = self._of(self.components[name])
            return self.named[name]
        if "allOf" in schema:
            (only,) = schema["allOf"]
            project = self._of(only)
            return project and _or_none(project)
        if schema.get("type") == "array":
            inner = self._of(schema["items"])
            each = list if inner is None else lambda values: [inner(value) for value in values]
            return _or_none(each) if schema.get("nullable") else each
        if "properties" in schema:
            parts = schema["properties"].items()
            optional = schema["properties"].keys() - set(schema.get("required", ()))
            readers = {name: self._of(described) for name, described in parts}
            readers |= {name: _or_none(reader) for name in optional if (reader := readers[name])}
            return _present(_object(readers, {n: self.stored(s) for n, s in parts}), optional)
        return {"date-time": moment, "date": day}.get(schema.get("format", ""))

    def _when_compiled(self, name: str) -> Projection:
        """The projection of a named schema, looked up when it is used."""

        def projected(value: Any) -> Any:
            project = self.named[name]
            return project(value) if project else value

        return projected

    def stored(self, schema: Schema) -> tuple[Projection | None, Any]:
        """``(reader, default)`` of a property of a stored snapshot, which may have been written by an earlier release.

        The default is what a property shows that the snapshot does not have: ``x-snapshot-default`` says a value, and
        ``x-snapshot-from`` another property with what each of its values stands for.
        """
        while "$ref" in schema:
            schema = self.components[schema["$ref"].rpartition("/")[2]]
        default = schema.get("x-snapshot-default")
        if "x-snapshot-from" in schema:
            default = Derived(*next(iter(schema["x-snapshot-from"].items())))
        return integer if schema.get("type") == "integer" else None, default


def of_snapshots(
    components: Mapping[str, Schema], representation: Representation | None = None
) -> Callable[..., dict[str, Any] | None]:
    """A function ``(row, name=None)`` that returns what events keep of a row: its part of ``EventSnapshot``, else None.

    With ``name``, it returns the row as that schema of the contract.
    """
    representation = representation or Representation(components)
    snapshots = components.get("EventSnapshot", {}).get("properties", {})

    @cache
    def projection(noun: str | None, name: str | None) -> Projection | None:
        schema = {"$ref": f"#/components/schemas/{name}"} if name else snapshots.get(noun)
        return representation.of(schema) if schema else None

    def represent(row: Any, name: str | None = None) -> dict[str, Any] | None:
        project = projection(None if name else row.noun(), name)
        return project and project(row)

    return represent


def moment(value: Any) -> Any:
    """A date-time as RFC 3339 writes it, in UTC."""
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    return value


def day(value: Any) -> Any:
    """A date as RFC 3339 writes it."""
    return value.isoformat() if isinstance(value, date) else value


def integer(value: Any) -> Any:
    """JSON's ``88.0`` is the integer 88 (JSON Schema 2020-12 Validation, section 6.1.1)."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _or_none(project: Projection) -> Projection:
    return lambda value: None if value is None else project(value)


def _present(project: Projection, optional: Collection[str]) -> Projection:
    """A projection of objects that leaves out the ``optional`` properties without a value: these are absent, not null."""
    if not optional:
        return project

    def present(value: Any) -> dict[str, Any]:
        return {
            name: part for name, part in project(value).items() if part is not None or name not in optional
        }

    return present


def _object(
    projections: Mapping[str, Projection | None], stored: Mapping[str, tuple[Projection | None, Any]]
) -> Projection:
    """A projection of objects, as source text that Python compiles: one dict display, without a loop.

    ``projections`` maps a name to the projection of its values, or None; ``stored`` maps it to what :meth:`Representation.stored`
    gives, which only mappings need: rows come from typed columns.  The names come from the contract, which is ours; they are
    checked to be identifiers or written as literals.
    """
    readers = {name: project or stored[name][0] for name, project in projections.items()}
    scope: dict[str, Any] = {f"p{index}": reader for index, reader in enumerate(readers.values())}
    scope |= {f"d{index}": default for index, (_, default) in enumerate(stored.values())}

    def display(read: Callable[[int, str], str], projected: Mapping[str, Projection | None]) -> str:
        parts = (
            f"{name!r}: {read(index, name) if projected[name] is None else f'p{index}({read(index, name)})'}"
            for index, name in enumerate(projected)
        )
        return "{" + ", ".join(parts) + "}"

    def of_stored(index: int, name: str) -> str:
        default = stored[name][1]
        if default is None:
            return f"get({name!r})"
        if isinstance(default, Derived):
            return f"get({name!r}, d{index}.values.get(get({default.source!r})))"
        return f"(d{index} if (value_{index} := get({name!r})) is None else value_{index})"

    of_mapping = display(of_stored, readers)
    of_row = display(
        lambda index, name: (
            f"value.{name}" if name.isidentifier() and not iskeyword(name) else f"getattr(value, {name!r})"
        ),
        projections,
    )
    source = f"""
def project(value):
    if isinstance(value, dict):
        get = value.get
        return {of_mapping}
    return {of_row}
"""
    exec(compile(source, "<representation>", "exec"), scope)  # noqa: S102
    return scope["project"]
