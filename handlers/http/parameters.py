"""Parameters: read from path, query and headers as the contract says, strictly, with every fault named."""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

from handlers.http.conversions import Unfit, conversion
from handlers.http.refusals import MalformedUrl
from handlers.http.request_context import RequestContext
from handlers.http.schemas import REQUEST, Schemas, code_of, detail_of
from models.base.errors import fault

BAD_ESCAPE = re.compile(rb"%(?![0-9A-Fa-f]{2})")
INTEGER = re.compile(r"-?[0-9]{1,19}")
BOOLEANS = {"true": True, "false": False}


class Parameters:
    """The parameters of one operation, compiled.  Others in the query are faults, or, with ``ignores_unknown``, nothing."""

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
        self.required = [name for name, query_parameter in self.query.items() if query_parameter.required]

    def read(self, context: RequestContext) -> None:
        """Put the values into ``context.arguments`` and ``context.parameters``, and the faults into its ``faults``."""
        arguments, faults = context.arguments, context.faults
        for (name, parameter), value in zip(self.path.items(), context.path_values, strict=True):
            arguments[name] = parameter.checked(value, "path", faults)
        arguments.update(self.defaults)
        if context.query or self.required:
            self._read_query(context, arguments, faults)
        for name, parameter in self.header.items():
            sent = context.headers.get(parameter.header)
            if sent is not None:
                context.parameters[name] = parameter.checked(sent.decode("latin-1"), "header", faults)
            elif parameter.required:
                faults.append(fault("header", "missing_parameter", "Required.", parameter=parameter.name))

    def judge(self, values: dict[str, str], faults: list[dict]) -> None:
        """Add the faults of query values that were read already, as texts by name."""
        for name, value in values.items():
            self.query[name].checked(value, "query", faults)
        faults += [
            fault("query", "missing_parameter", "Required.", parameter=name)
            for name in self.required
            if name not in values
        ]

    def _read_query(self, context: RequestContext, arguments: Any, faults: list[dict]) -> None:
        sent = {}
        for name, value in query_pairs(context.query):
            sent.setdefault(name, []).append(value)
        for name, values in sent.items():
            parameter = self.query.get(name)
            if parameter is None and self.ignores_unknown:
                continue
            if parameter is None:
                faults.append(
                    fault(
                        "query",
                        "unknown_parameter",
                        "Unknown parameter.",
                        parameter=name[:200],
                    )
                )
            elif parameter.is_list:
                arguments[name] = parameter.checked_list(values, faults)
            elif len(values) > 1:
                faults.append(fault("query", "repeated_parameter", "Must not be repeated.", parameter=name))
            else:
                arguments[name] = parameter.checked(values[0], "query", faults)
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

    def checked(self, text: str, location: str, faults: list[dict]) -> Any:
        value = self._parsed(text)
        if not self.validator.is_valid(value):
            self._complain(value, location, faults)
            return None
        return self._converted(value, location, faults)

    def checked_list(self, texts: list[str], faults: list[dict]) -> list | None:
        values = [self._parsed(text) for text in texts]
        if not self.validator.is_valid(values):
            self._complain(values, "query", faults)
            return None
        converted = [self._converted(value, "query", faults) for value in values]
        return list(dict.fromkeys(converted)) if self.convert else converted

    def _parsed(self, text: str) -> Any:
        """The value that the text spells, or the text itself, which the validator then refuses."""
        value = self.parse(text) if self.parse else text
        return text if value is None else value

    def _converted(self, value: Any, location: str, faults: list[dict]) -> Any:
        try:
            return self.convert(value) if self.convert else value
        except Unfit as unfit:
            faults.append(fault(location, unfit.code, unfit.detail, parameter=self.name))
            return None

    def _complain(self, value: Any, location: str, faults: list[dict]) -> None:
        for error in self.validator.iter_errors(value):
            faults.append(fault(location, code_of(error.kind), detail_of(error.kind), parameter=self.name))


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
