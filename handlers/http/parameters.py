"""Parameters: read from path, query and headers as the contract says, strictly, with every fault named."""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

from handlers.http.conversions import Unfit, conversion
from handlers.http.exchange import Exchange
from handlers.http.refusals import MalformedUrl
from handlers.http.schemas import REQUEST, Schemas, code_of, told
from models.base.errors import fault

BAD_ESCAPE = re.compile(rb"%(?![0-9A-Fa-f]{2})")
INTEGER = re.compile(r"-?[0-9]{1,19}")
BOOLEANS = {"true": True, "false": False}


class Parameters:
    """The parameters of one operation, compiled.  Others in the query are faults, or, with ``ignores_others``, nothing."""

    def __init__(self, parameters: list[dict], schemas: Schemas, ignores_unknown: bool = False) -> None:
        self.ignores_unknown = ignores_unknown
        self.path, self.query, self.header = {}, {}, {}
        self.defaults = {}
        for parameter in parameters:
            schema = parameter["schema"]
            name = parameter["name"].lower() if parameter["in"] == "header" else parameter["name"]
            if name in self.header:
                continue  # of every operation, and listed on this one too
            getattr(self, parameter["in"])[name] = Parameter(parameter, schema, schemas)
            if "default" in schema and parameter["in"] == "query":
                self.defaults[name] = schema["default"]
        self.required = [name for name, one in self.query.items() if one.required]

    def read(self, exchange: Exchange) -> None:
        """Put the values into ``exchange.arguments`` and ``exchange.parameters``, and the faults into its ``faults``."""
        arguments, faults = exchange.arguments, exchange.faults
        for (name, one), value in zip(self.path.items(), exchange.path_values, strict=True):
            arguments[name] = one.checked(value, "path", faults)
        arguments.update(self.defaults)
        if exchange.query or self.required:
            self._read_query(exchange, arguments, faults)
        for name, one in self.header.items():
            sent = exchange.headers.get(one.header)
            if sent is not None:
                exchange.parameters[name] = one.checked(sent.decode("latin-1"), "header", faults)
            elif one.required:
                faults.append(fault("header", "missing_parameter", "Required.", parameter=one.name))

    def judge(self, values: dict[str, str], faults: list[dict]) -> None:
        """Add the faults of query values that were read already, as texts by name."""
        for name, value in values.items():
            self.query[name].checked(value, "query", faults)
        faults += [
            fault("query", "missing_parameter", "Required.", parameter=name)
            for name in self.required
            if name not in values
        ]

    def _read_query(self, exchange: Exchange, arguments: Any, faults: list[dict]) -> None:
        sent = {}
        for name, value in query_pairs(exchange.query):
            sent.setdefault(name, []).append(value)
        for name, values in sent.items():
            one = self.query.get(name)
            if one is None and self.ignores_unknown:
                continue
            if one is None:
                faults.append(
                    fault(
                        "query",
                        "unknown_parameter",
                        "Unknown parameter.",
                        parameter=name[:200],
                    )
                )
            elif one.is_list:
                arguments[name] = one.checked_list(values, faults)
            elif len(values) > 1:
                faults.append(fault("query", "repeated_parameter", "Must not be repeated.", parameter=name))
            else:
                arguments[name] = one.checked(values[0], "query", faults)
        faults += [
            fault("query", "missing_parameter", "Required.", parameter=name)
            for name in self.required
            if name not in sent
        ]


class Parameter:
    """One parameter: how its text becomes a value, and what makes the value valid."""

    def __init__(self, parameter: dict, schema: dict, schemas: Schemas) -> None:
        self.name = parameter["name"]
        self.header = self.name.lower().encode()  # as ASGI has it
        self.required = parameter.get("required", False)
        self.is_list = schema.get("type") == "array"
        inner = schema["items"] if self.is_list else schema
        self.parse = PARSERS.get(inner.get("type", ""))
        self.convert = conversion(inner)
        self.validator = schemas.validator(schema, REQUEST)

    def checked(self, text: str, place: str, faults: list[dict]) -> Any:
        value = self._parsed(text)
        if not self.validator.is_valid(value):
            self._complain(value, place, faults)
            return None
        return self._converted(value, place, faults)

    def checked_list(self, texts: list[str], faults: list[dict]) -> list | None:
        values = [self._parsed(text) for text in texts]
        if not self.validator.is_valid(values):
            self._complain(values, "query", faults)
            return None
        found = [self._converted(value, "query", faults) for value in values]
        return list(dict.fromkeys(found)) if self.convert else found

    def _parsed(self, text: str) -> Any:
        """The value that the text spells, or the text itself, which the validator then refuses."""
        value = self.parse(text) if self.parse else text
        return text if value is None else value

    def _converted(self, value: Any, place: str, faults: list[dict]) -> Any:
        try:
            return self.convert(value) if self.convert else value
        except Unfit as unfit:
            faults.append(fault(place, unfit.code, unfit.detail, parameter=self.name))
            return None

    def _complain(self, value: Any, place: str, faults: list[dict]) -> None:
        for error in self.validator.iter_errors(value):
            faults.append(fault(place, code_of(error.kind), told(error.kind, error), parameter=self.name))


def query_pairs(query: bytes) -> list[tuple[str, str]]:
    """Names and values of a query string (bytes).  Refused when it is not percent-encoded UTF-8."""
    if BAD_ESCAPE.search(query):
        raise MalformedUrl("A percent sign is not followed by two hexadecimal digits.")
    try:
        return parse_qsl(query.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=500)
    except UnicodeDecodeError:
        raise MalformedUrl("The query is not percent-encoded UTF-8.") from None
    except ValueError:
        raise MalformedUrl("The query has more than 500 parameters.") from None


def _integer(text: str) -> int | None:
    return int(text) if INTEGER.fullmatch(text) else None


PARSERS: dict[str, Callable] = {"integer": _integer, "boolean": BOOLEANS.get}
