"""The access matrix as a check: every cell of one operation, or every property of its body that only the server sets."""

from collections.abc import Callable
from functools import cache

from contract_tests.contract.matrix import Cells, assign_everything, examine
from contract_tests.contract.mutants.scenes import MatrixScene
from contract_tests.support.operations import BY_ID, Operation
from contract_tests.support.world import World

ASKERS = ("owner", "admin", "guest", "stranger", "key")


class MatrixCheck:
    """Runs ``look(world, operation)``; each of its faults is one line of the message.  Equal arguments give the same check."""

    scene = MatrixScene

    def __init__(self, name: str, look: Callable[[World, Operation], Cells], operation_id: str) -> None:
        self.__name__ = f"{name}_{operation_id}"
        self.look, self.operation = look, BY_ID[operation_id]

    def __call__(self, scene: MatrixScene) -> None:
        faults = self.look(scene.world, self.operation).faults
        assert not faults, "\n".join(faults)


@cache
def cells_of(operation_id: str) -> MatrixCheck:
    """What five askers get of their own objects, of foreign ones and of none, by one operation."""
    return MatrixCheck("cells_of", lambda world, operation: examine(world, operation, ASKERS), operation_id)


@cache
def assignments_of(operation_id: str) -> MatrixCheck:
    """What the server sets itself cannot be sent."""
    return MatrixCheck("assignments_of", assign_everything, operation_id)
