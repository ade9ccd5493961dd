"""Rules of the contract's style: the links by which one answer leads to the next request."""

from contract_tests.contract.reading import rule


@rule({"list_problems": "the catalogue is read as a whole; each entry names its address"})
def creations_and_lists_have_links(reading):
    """Every creation and every list has ``links`` to what can be done next."""
    for operation in reading.operations:
        created = 201 if 201 in operation.responses else 202
        status = created if operation.method == "post" else 200 if operation.id.startswith("list_") else None
        if status in operation.responses and not operation.responses[status][1].get("links"):
            yield operation.id, "give its answer links, by which clients and tests find the way on."


@rule()
def links_lead_somewhere(reading):
    """A link names an operation, one of its parameters, and is described; a page leads to the next."""
    by_id = {operation.id: operation for operation in reading.operations}
    for operation in reading.operations:
        for response in operation.successes().values():
            links = response.get("links", {})
            for name, link in links.items():
                target = by_id.get(link.get("operationId"))
                if target is None or not link.get("description"):
                    yield (
                        f"{operation.id} {name}",
                        "name an operationId of this contract, and describe the link.",
                    )
                    continue
                for parameter in link.get("parameters", {}):
                    if not target.takes(parameter):
                        yield f"{operation.id} {name}", f"{target.id} has no parameter {parameter}."
                needed = {each["name"] for each in target.parameters if each["in"] == "path"}
                for parameter in sorted(needed - link.get("parameters", {}).keys()):
                    yield (
                        f"{operation.id} {name}",
                        f"tell it {parameter}, without which {target.id} has no address.",
                    )
            if operation.takes("cursor") and links.get("next_page", {}).get("operationId") != operation.id:
                yield operation.id, "give it the link next_page."
