"""How many processes run the tests, and in which order: hooks of pytest and pytest-xdist, which conftest.py imports.

What looks at every row (``pytest.mark.first``) runs while there are few rows, what takes long (``slow``) starts early, and
what depends on time (``alone``) runs at the end, when nothing else does.
"""

import os
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling
from xdist.workermanage import WorkerController

ALONE = "alone"
ORDER = {"first": 0, "slow": 1, ALONE: 3}
OTHERS = 2
FOLDER = "shared_folder"  # its name among what a worker is told
WAITING = (
    1  # processes more than cores: tests wait, for the clock or for other processes, a quarter of the time
)
MAX_MODULES = 8  # that one process runs: starting others takes longer than they save


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    items.sort(
        key=lambda item: next((ORDER[mark] for mark in ORDER if item.get_closest_marker(mark)), OTHERS)
    )
    workerinput = getattr(config, "workerinput", {})
    if FOLDER in workerinput:  # before the scheduler is told the ids
        alone = [item.nodeid for item in items if item.get_closest_marker(ALONE)]
        Path(workerinput[FOLDER], workerinput["workerid"]).write_text("\n".join(alone), "utf-8")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """One for each core that this process may use, and one more; none, for the process itself, for a selection of tests."""
    option = config.option
    is_selection = option.keyword or option.markexpr or option.collectonly or getattr(option, "lf", False)
    paths = [Path(argument.partition("::")[0]) for argument in config.args]
    is_small = len(paths) <= MAX_MODULES and all(path.is_file() for path in paths)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return 0 if is_selection or is_small or cores < 2 else cores + WAITING


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: WorkerController) -> None:
    """Name a folder to each worker, where it lists the tests that are to run alone: marks are known to workers only."""
    node.workerinput[FOLDER] = shared_folder().name


@cache
def shared_folder() -> TemporaryDirectory[str]:
    """Of this run; it is removed when the process that runs the others ends."""
    return TemporaryDirectory(prefix="remit-run-")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> "Scheduling":
    config.option.loadscopereorder = False  # by the number of tests, which says little of how long they take
    return Scheduling(config, log)


class Scheduling(LoadScopeScheduling):
    """Hands out modules in the order of the collection, so that module-wide fixtures are made once.

    The tests that are to run ``alone`` are given to the last worker after all other workers have ended.
    """

    def schedule(self) -> None:
        if self.collection is None:
            lists = Path(shared_folder().name).iterdir()
            self.alone = {nodeid for path in lists for nodeid in path.read_text("utf-8").splitlines()}
        super().schedule()

    def _split_scope(self, nodeid: str) -> str:
        return ALONE if nodeid in self.alone else nodeid.partition("::")[0]

    def _reschedule(self, node: WorkerController) -> None:
        if ALONE in self.workqueue:  # the modules of a worker that crashed have joined behind it
            self.workqueue.move_to_end(ALONE)
        super()._reschedule(node)

    def _assign_work_unit(self, node: WorkerController) -> None:
        if next(iter(self.workqueue)) != ALONE or len(self.nodes) == 1:
            super()._assign_work_unit(node)
        elif any(other is not node and not other.shutting_down for other in self.nodes):
            node.shutdown()

    def remove_node(self, node: WorkerController) -> str | None:
        crashed = super().remove_node(node)
        for other in self.nodes:
            self._reschedule(other)
        return crashed
