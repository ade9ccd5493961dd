"""Guides: what they name is in the contract.  Their samples run in behaviour/platform/test_guides_samples.py."""

import re

import spec
from contract_tests.contract import prose

PAGES = {path.stem: path.read_text("utf-8") for path in prose.guides()}


def test_operations_codes_and_scopes_that_guides_name_exist():
    document = spec.load()
    documented = {
        item[method]["operationId"]
        for item in document["paths"].values()
        for method in spec.METHODS
        if method in item
    }
    named = {
        name
        for text in PAGES.values()
        for name in re.findall(r"`((?:create|get|list|log|revoke|rotate)_[a-z_]+)`", text)
    }
    assert named <= documented
    assert named
