"""Metrics for Prometheus: written by every process into one folder, from which ``operations`` serves them together."""

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
