"""Representations: what leaves is what the contract names, and nothing else.  Compiled once for each schema."""

from datetime import date, datetime
from functools import cache
from keyword import iskeyword
from threading import RLock
from typing import NamedTuple


class Derived(NamedTuple):
    """What a property of an earlier snapshot shows: ``values`` by the value of the property ``source``."""

    source: str
    values: dict


class Representation:
    """Projects rows and plain values through the response schemas of one contract."""

    def __init__(self, components):
        self.components = components
        self.named = {}
        self.lock = RLock()

    def of(self, schema):
        """A function that projects a value through ``schema``, or None when values pass as they are.

        One thread at a time compiles, so that nobody is given what is half done.
        """
        with self.lock:
            return self._of(schema)

    def _of(self, schema):
        if "$ref" in schema:
            name = schema["$ref"].rpartition("/")[2]
            if name not in self.named:
                self.named[name] = lambda value: self.named[name](value)  # for a schema that contains itself
                self.named[name] = self._of(self.components[name])
            return self.named[name]
        if "allOf" in schema:
            (only,) = schema["allOf"]
            return _or_none(self._of(only))
        if schema.get("type") == "array":
            inner = self._of(schema["items"])
            each = list if inner is None else lambda values: [inner(value) for value in values]
            return _or_none(each) if schema.get("nullable") else each
        if "properties" in schema:
            parts = schema["properties"].items()
            optional = schema["properties"].keys() - set(schema.get("required", ()))
            readers = {name: self._of(one) for name, one in parts}
            readers |= {name: _or_none(readers[name]) for name in optional if readers[name]}
            return _present(_object(readers, {n: self.stored(s) for n, s in parts}), optional)
        return {"date-time": moment, "date": day}.get(schema.get("format"))

    def stored(self, schema):
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


def of_snapshots(components, representation=None):
    """A function that gives what events keep of a row: what the contract's ``EventSnapshot`` shows of it, else None.

    It also gives a row as another schema of the contract, when that is named.
    """
    representation = representation or Representation(components)
    snapshots = components.get("EventSnapshot", {}).get("properties", {})

    @cache
    def projection(noun, name):
        schema = {"$ref": f"#/components/schemas/{name}"} if name else snapshots.get(noun)
        return schema and representation.of(schema)

    def represent(row, name=None):
        project = projection(None if name else row.noun(), name)
        return project and project(row)

    return represent


def moment(value):
    """A date-time as RFC 3339 writes it, in UTC."""
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    return value


def day(value):
    return value.isoformat() if isinstance(value, date) else value


def integer(value):
    """JSON's ``88.0`` is the integer 88 (JSON Schema 2020-12 Validation, section 6.1.1)."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _or_none(project):
    return lambda value: None if value is None else project(value)


def _present(project, optional):
    """Without the properties that are not required and have no value: these are absent, and not null."""
    if not optional:
        return project

    def present(value):
        return {name: one for name, one in project(value).items() if one is not None or name not in optional}

    return present


def _object(projections, stored):
    """A projection of objects, as source text that Python compiles: one dict display, without a loop.

    ``projections`` maps a name to the projection of its values, or None; ``stored`` maps it to what :meth:`Representation.stored`
    gives, which only mappings need: rows come from typed columns.  The names come from the contract, which is ours; they are
    checked to be identifiers or written as literals.
    """
    readers = {name: project or stored[name][0] for name, project in projections.items()}
    scope = {f"p{place}": reader for place, reader in enumerate(readers.values())}
    scope |= {f"d{place}": default for place, (_, default) in enumerate(stored.values())}

    def display(read, projected):
        parts = (
            f"{name!r}: {read(place, name) if projected[name] is None else f'p{place}({read(place, name)})'}"
            for place, name in enumerate(projected)
        )
        return "{" + ", ".join(parts) + "}"

    def of_stored(place, name):
        default = stored[name][1]
        if default is None:
            return f"get({name!r})"
        if isinstance(default, Derived):
            return f"get({name!r}, d{place}.values.get(get({default.source!r})))"
        return f"(d{place} if (value_{place} := get({name!r})) is None else value_{place})"

    of_mapping = display(of_stored, readers)
    of_row = display(
        lambda place, name: (
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
