"""The access matrix can fail: mutants of access are caught in the cells that name them."""

import pytest

from contract_tests.contract.mutants import every_module  # noqa: F401
from contract_tests.contract.mutants.harness import failures_of, why_not_caught
from contract_tests.contract.mutants.mutant import proofs_of
from contract_tests.contract.mutants.scenes import MatrixScene

pytestmark = pytest.mark.first  # looks at every row

PROOFS = proofs_of(MatrixScene)
CHECKS = list(dict.fromkeys(proof.check for proof in PROOFS))


@pytest.fixture(scope="module")
def scene(live, contract):
    return MatrixScene(live, contract)


@pytest.mark.parametrize("proof", PROOFS, ids=str)
def test_a_mutant_is_caught_in_the_cell_that_names_it(proof, scene):
    reason = why_not_caught(proof, scene)
    assert reason is None, (
        f"{proof.check.__name__} does not prove that {proof.mutant.name} is caught: {reason}"
    )


# After the mutants: it is the server as it was, of which a mutant must leave nothing behind.
@pytest.mark.parametrize("check", CHECKS, ids=[check.__name__ for check in CHECKS])
def test_the_matrix_passes_on_the_unchanged_server(check, scene):
    with scene.unchanged():
        assert failures_of(check, scene) == [], "the matrix has faults although nothing was changed"
    assert scene.errors.messages == [], "the server logs an error although nothing was changed"
