"""Rules of the contract's style: enums are components that requests, answers, and filters share."""

from contract_tests.contract.reading import inside, rule
from spec import METHODS


@rule()
def enums_are_named(reading):
    """Every enum is a component, shared by requests, answers and filters; headers have their own."""
    places = [
        *reading.parts(),
        *((location, parameter["schema"]) for location, parameter in written_parameters(reading)),
    ]
    places += [(location, content["schema"]) for location, _, _, content in reading.contents()]
    for location, schema in places:
        for inner, part in inside(location, schema):
            if "enum" in part and inner not in reading.schemas:
                yield inner, "make the enum a component of its own, and refer to it."
            if "enum" in part and (part.get("nullable") or None in part["enum"]):
                yield inner, "write nothing as the value `none`: an enum is never nullable."


def written_parameters(reading):
    """``(location, parameter)`` of each parameter as it is written, with references."""
    yield from reading.components["parameters"].items()
    for path, item in reading.document["paths"].items():
        for holder in (item, *(item[method] for method in METHODS if method in item)):
            for parameter in holder.get("parameters", ()):
                if "$ref" not in parameter:
                    yield f"{path} {parameter['name']}", parameter
