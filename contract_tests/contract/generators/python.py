"""Generators of Python: their clients are type-checked with mypy, and tell the story."""

import os
import shutil
import sys
from pathlib import Path

from contract_tests.contract import tools
from contract_tests.contract.generators import packages
from contract_tests.contract.generators.declared import Complaint, Generator
from contract_tests.contract.generators.openapi_generator import MUTUAL_TLS, generated, version

STORIES = Path(__file__).parent / "stories"


def openapi_python_client(path, folder):
    # It formats what it makes with the ruff of the PATH.
    search = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    command = ("openapi_python_client", "generate", "--path", path, "--output-path", folder)
    return tools.output(succeeded(tools.python(*command, env={**os.environ, "PATH": search})))


def compiled(package, name, *options):
    def compile_it(folder):
        shutil.copy(STORIES / f"{name}.py", folder / "story.py")
        shutil.copy(STORIES / "telling.py", folder)
        succeeded(tools.python("mypy", *options, package, "story.py", "telling.py", cwd=folder))

    return compile_it


def succeeded(ended):
    assert ended.returncode == 0, tools.output(ended)
    return ended


def run_story(folder, *arguments):
    return succeeded(tools.run(sys.executable, "story.py", *arguments, cwd=folder)).stdout


GENERATORS = (
    Generator(
        "openapi-python-client",
        lambda: packages.python_version("openapi-python-client"),
        openapi_python_client,
        compiled("remit_client", "openapi-python-client", "--strict"),
        run_story,
        "mypy --strict",
        complaints=(
            Complaint(
                r"WARNING parsing GET /openapi\.yaml within contract\.",
                "it does not know the media type of RFC 9512",
            ),
        ),
    ),
    Generator(
        "openapi-generator python",
        version,
        generated("python"),
        compiled("openapi_client", "python"),
        run_story,
        "mypy",
        complaints=(
            *MUTUAL_TLS,
            Complaint(
                "Failed to get the schema name: null",
                "it takes a parameter that is a component with a default of its own for a value of any type",
            ),
        ),
    ),
)
