"""Metrics for Prometheus: written by every process into one folder, from which ``operations`` serves them together."""

import contextlib
import os
import shutil
from pathlib import Path

# Prometheus' client decides when it is imported whether it keeps values in files that other processes can read.
FOLDER = "PROMETHEUS_MULTIPROC_DIR"


def share(folder: Path) -> None:
    """Write the metrics of this process, and of those that it starts, into ``folder``, which is emptied.

    To be called before ``prometheus_client`` is imported.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    os.environ[FOLDER] = str(folder)


def forget_dead(folder: Path) -> None:
    """Remove what processes that were killed have left of states: of a counter, what they counted stays true."""
    for path in folder.glob("gauge_live*_*.db"):
        pid = path.stem.rpartition("_")[2]
        with contextlib.suppress(ValueError, PermissionError):
            try:
                os.kill(int(pid), 0)
            except ProcessLookupError:
                path.unlink(missing_ok=True)
