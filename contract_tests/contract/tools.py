"""The programs that check the contract and compile its clients, and the documents that are given to them."""

import copy
import json
import subprocess
import sys
from pathlib import Path

import yaml

from scripts import environment
from spec import published

ROOT = Path(environment.ROOT)
FOLDER = Path(environment.TOOLS)
BIN = FOLDER / "node_modules" / ".bin"
SERVER_URL = "https://remit.example/api/v1"


def document(version="3.0"):
    """The published contract, as a new dict that may be changed."""
    make = {"3.0": published.openapi_30, "3.1": published.openapi_31}[version]
    return copy.deepcopy(make(SERVER_URL))


def write(document, path):
    """Write a document as JSON or YAML, by the name of the file, and return the path."""
    if path.suffix == ".json":
        path.write_text(json.dumps(document, indent=1), "utf-8")
    else:
        path.write_text(as_yaml(document), "utf-8")
    return path


def as_yaml(document):
    """A document as YAML without anchors, in its own order."""
    return yaml.dump(document, Dumper=_Plain, sort_keys=False, allow_unicode=True, width=110)


class _Plain(yaml.SafeDumper):
    def ignore_aliases(self, data):
        return True


_Plain.add_representer(
    str,
    lambda dumper, text: dumper.represent_scalar(
        "tag:yaml.org,2002:str", text, style="|" if "\n" in text else None
    ),
)


def node(tool, *arguments, **options):
    """Run one of the Node tools; its exit status and output come back as they are."""
    return run(BIN / tool, *arguments, env=environment.node_variables(), **options)


def node_program(*arguments, **options):
    """Run a JavaScript or TypeScript program with Node."""
    return run("node", *arguments, env=environment.node_variables(), **options)


def python(module, *arguments, **options):
    """Run a Python module as a program."""
    return run(sys.executable, "-m", module, *arguments, **options)


def run(*command, **options):
    options.setdefault("timeout", 300)
    return subprocess.run(
        [str(part) for part in command], capture_output=True, text=True, check=False, **options
    )


def output(ended):
    """Everything that a program printed, for the message of an assertion."""
    return f"\n{ended.stdout}\n{ended.stderr}"
