"""Rules of the contract's style: enums are components that requests, answers, and filters share."""

from contract_tests.contract.reading import inside, rule
from spec import METHODS


@rule()
def enums_are_named(reading):
    """Every enum is a component, shared by requests, answers and filters; headers have their own."""
    places = [*reading.parts(), *((place, one["schema"]) for place, one in written_parameters(reading))]
    places += [(place, content["schema"]) for place, _, _, content in reading.contents()]
    for place, schema in places:
        for inner, part in inside(place, schema):
            if "enum" in part and inner not in reading.schemas:
                yield inner, "make the enum a component of its own, and refer to it."
            if "enum" in part and (part.get("nullable") or None in part["enum"]):
                yield inner, "write nothing as the value `none`: an enum is never nullable."


def written_parameters(reading):
    """``(place, parameter)`` of each parameter as it is written, with references."""
    yield from reading.components["parameters"].items()
    for path, item in reading.document["paths"].items():
        for holder in (item, *(item[method] for method in METHODS if method in item)):
            for one in holder.get("parameters", ()):
                if "$ref" not in one:
                    yield f"{path} {one['name']}", one
