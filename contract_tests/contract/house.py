"""The files of the house, as its rules look at them."""

import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
OURS = {"spec", "models", "security", "handlers", "scripts", "contract_tests"}
PRODUCT = ("spec", "models", "security", "handlers")


def files(*suffixes, below=("",)):
    """``(path from the root, path)`` of the files that git knows or would take."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in sorted(set(listed.stdout.splitlines())):
        path = ROOT / name
        if path.is_file() and name.endswith(suffixes or "") and name.startswith(tuple(below)):
            yield name, path


def written(name):
    """Whether a person wrote the file; frozen migrations, locks and published documents are not counted."""
    return not name.startswith(
        ("models/migrations/0", "scripts/lock/", "spec/published/", "contract_tests/bench/results/")
    )


def module_of(name):
    return name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
