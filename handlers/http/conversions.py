"""Conversions: valid values become canonical ones, at every level of a body and in parameters, compiled once a schema."""

from collections.abc import Callable
from typing import Any

from handlers.http.formats import FORMATS
from models.base.errors import fault

# Converts a valid value, at a pointer, and adds the faults that it meets.
Convert = Callable[[Any, str, list[dict]], Any]


class Unfit(Exception):
    """A valid value whose canonical form does not fit: ``code`` and ``detail`` of the fault."""

    def __init__(self, code: str, detail: str) -> None:
        self.code, self.detail = code, detail


def conversion(schema: dict) -> Callable[[Any], Any] | None:
    """What becomes of a valid value of a plain schema; None: it stays as it is.  The function raises :class:`Unfit`."""
    canonical = FORMATS[schema["format"]].canonical if schema.get("format") in FORMATS else None
    if canonical is None:
        return None
    longest = schema.get("maxLength")

    def convert(value: Any) -> Any:
        try:
            converted = canonical(value)
        except (ValueError, OverflowError):
            raise Unfit("out_of_range", "Must be in the years 1 to 9999.") from None
        if isinstance(converted, str) and longest and len(converted) > longest:
            raise Unfit("too_long", f"The maximum length is {longest}, in Unicode normal form C.")
        return converted

    return convert


def of_list(convert: Callable[[Any], Any], values: Any) -> list:
    """The converted items, each once: two spellings of one value are the same."""
    return list(dict.fromkeys(convert(value) for value in values))


class Conversions:
    """Compiles conversions of whole bodies.  ``resolve`` follows a reference of the contract."""

    def __init__(self, resolve: Callable[[dict], dict]) -> None:
        self.resolve = resolve
        self.named = {}

    def of(self, schema: dict) -> Convert | None:
        """``convert(value, pointer, faults)`` gives the canonical value of a valid one and adds the faults that it meets;
        None when every value stays as it is."""
        if "$ref" in schema:
            return self._of_component(schema)
        if "allOf" in schema:
            return _unless_null(self.of(schema["allOf"][0]))
        match schema.get("type"):
            case "object":
                convert = self._of_object(schema)
            case "array":
                convert = self._of_array(schema)
            case _:
                convert = _plain(conversion(schema))
        return _unless_null(convert) if schema.get("nullable") else convert

    def _of_component(self, reference: dict) -> Convert | None:
        name = reference["$ref"]
        if name not in self.named:
            self.named[name] = lambda *value: self.named[name](*value)  # for a schema that contains itself
            self.named[name] = self.of(self.resolve(reference))
        return self.named[name]

    def _of_object(self, schema: dict) -> Convert | None:
        conversions = {
            name: self.of(property_schema) for name, property_schema in schema.get("properties", {}).items()
        }
        inner = {name: convert for name, convert in conversions.items() if convert}

        def convert(value: Any, pointer: str, faults: list[dict]) -> Any:
            for name in inner.keys() & value.keys():
                value[name] = inner[name](value[name], f"{pointer}/{name}", faults)
            return value

        return convert if inner else None

    def _of_array(self, schema: dict) -> Convert | None:
        each = self.of(schema["items"])
        if each is None:
            return None
        is_plain = self.resolve(schema["items"]).get("type") not in ("object", "array")

        def convert(values: Any, pointer: str, faults: list[dict]) -> Any:
            converted = [each(value, f"{pointer}/{index}", faults) for index, value in enumerate(values)]
            return list(dict.fromkeys(converted)) if is_plain else converted

        return convert


def _plain(convert: Callable[[Any], Any] | None) -> Convert | None:
    if convert is None:
        return None

    def converted(value: Any, pointer: str, faults: list[dict]) -> Any:
        try:
            return convert(value)
        except Unfit as unfit:
            faults.append(fault("body", unfit.code, unfit.detail, pointer=pointer))
            return None

    return converted


def _unless_null(convert: Convert | None) -> Convert | None:
    return convert and (
        lambda value, pointer, faults: None if value is None else convert(value, pointer, faults)
    )
