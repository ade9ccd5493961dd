"""An organization with somebody who is told of what happens there."""

import pytest

from contract_tests.support import factories
from contract_tests.support.notifying import joined


@pytest.fixture
def boss(anonymous):
    client = factories.founder(anonymous)
    client.project = factories.project(client, client.organization_id)["id"]
    return client


@pytest.fixture
def ada(anonymous, boss):
    """A member, who was told of everything so far."""
    return joined(anonymous, boss, "member")
