"""The house against its rules: names, sizes, commands, locks and secrets."""

import configparser
import os
import re
import statistics

import pytest

import spec
from contract_tests.contract.house import OURS, PRODUCT, ROOT, files, written

TOP_LEVEL = {
    *OURS,
    *("README.md", "setup.cfg", "tox.ini"),
    *("pyproject.toml", "LICENSE", "CHANGELOG.md", "CONTRIBUTING.md"),
}
MAX_LINES, NINETIETH_PERCENTILE_LINES, MEDIAN_LINES = 250, 200, 80
# Files that are longer, each with its present length and why it is not divided.
LONG: dict[str, tuple[int, str]] = {}
NO_SECRETS = {"scripts/example_chapters.py": "its people live in a database that is thrown away"}
# The tokens of examples are none: their claims are the word "example" in Base64, their ids begin with 0198c0de.
SECRETS = re.compile(
    r"""remit_[A-Za-z0-9_-]{43}|-----BEGIN[ A-Z]*PRIVATE[ ]KEY|\beyJ[A-Za-z0-9_-]{20,}\.(?!ZXhhbXBsZQ)|\bAKIA[0-9A-Z]{16}
    |\bgh[pousr]_[A-Za-z0-9]{30,}|\bsk_live_|://(?!user:password@)[^\s:/@{}<"'$]+:[^\s:/@{}<"'$]{4,}@
    |(?:password|passwd|secret|token|api_?key)(?!\w*_at\b)\w*["']?\s*[=:]\s*["'](?!eyJ|0198c0de)(?=[^"']*[A-Za-z])(?=[^"']*[0-9])[^\s"'{}$<]{8,}["']""",
    re.I | re.X,
)
UNFINISHED = re.compile(
    r"(#|//|<!--|-)\s*(TOD[O]|FIXM[E]|XX[X])\b|\bpytest\.(mark\.)?(skip|xfai[l])|importorski[p]|continue-on-erro[r]|\|\| tru[e]"
)


def test_the_top_level_is_the_owners():
    rooms = {name.partition("/")[0] for name, _ in files()}
    strange = {name for name in rooms if not name.startswith(".")} - TOP_LEVEL
    assert not strange, f"move {sorted(strange)} into the house: the top level is fixed"


def test_each_noun_is_one_file_in_each_room():
    nouns = {f"{context}/{noun}" for noun, context in spec.nouns().items()}
    paths = {file: file.rpartition("/") for file in nouns}
    rooms = {file: [f"handlers/{file}.py", f"contract_tests/behaviour/{context}/test_{noun}.py"]
             for file, (context, _, noun) in paths.items()}  # fmt: skip
    missing = [path for wanted in rooms.values() for path in wanted if not (ROOT / path).exists()]
    assert not missing, f"write {', '.join(sorted(missing))}"
    contexts = set(spec.nouns().values())
    handlers = {
        name.removeprefix("handlers/").removesuffix(".py") for name, _ in files(".py", below=("handlers/",))
    }
    strange = {
        name
        for name in handlers
        if name.partition("/")[0] in contexts
        and not name.endswith(("/__init__", "_queue_tasks", "_external"))
        and name not in nouns
    }
    assert not strange, f"handlers without a noun of the contract: {sorted(strange)}"


def test_files_are_small():
    lengths = {
        name: len(path.read_text("utf-8").splitlines()) for name, path in files(".py") if written(name)
    }
    long = {name: length for name, length in lengths.items() if length > MAX_LINES}
    for name, length in long.items():
        assert length <= LONG.get(name, (0,))[0], f"{name} has {length} lines: divide the noun, not the layer"
    assert LONG.keys() <= long.keys(), "take off the list of long files what has become short"
    product = sorted(length for name, length in lengths.items() if name.startswith(PRODUCT) and length > 1)
    assert statistics.median(product) <= MEDIAN_LINES, "the median file has grown: 60 to 80 lines is the norm"
    assert product[len(product) * 9 // 10] <= NINETIETH_PERCENTILE_LINES, (
        "nine files in ten have at most 200 lines"
    )


def test_nothing_is_left_for_later():
    for name, path in files(".py", ".yaml", ".cfg", ".ini", ".toml", ".md", "/run", below=("",)):
        if written(name) and (match := UNFINISHED.search(path.read_text("utf-8"))):
            pytest.fail(f"{name} says {match[0]!r}: do it, or take it out")
    for name, path in files(below=("scripts/", ".ci/")):
        if written(name) and not path.suffix:
            assert not UNFINISHED.search(path.read_text("utf-8")), f"{name} leaves something for later"


@pytest.mark.parametrize(
    "line",
    ["# TO" + "DO: later", "@pytest.mark." + "skip", "    pytest." + "xfail('no')", "make lint || " + "true"],
)
def test_what_is_left_for_later_is_found(line):
    assert UNFINISHED.search(line)


def test_commands_can_be_run():
    commands = [
        (name, path)
        for name, path in files(below=("scripts/", ".ci/"))
        if not path.suffix and name != "scripts/lock"
    ]
    commands = [
        (name, path) for name, path in commands if path.read_bytes().startswith(b"#!") or name.count("/") == 1
    ]
    assert {"scripts/serve", "scripts/test", "scripts/bench", ".ci/run"} <= {name for name, _ in commands}
    for name, path in commands:
        assert path.read_bytes().startswith(b"#!"), f"begin {name} with #!"
        assert os.access(path, os.X_OK), f"chmod +x {name}"


def test_locks_name_no_registry():
    for name, path in files(".txt", ".in", "package-lock.json", below=("scripts/lock/", "contract_tests/")):
        match = re.search(
            r"(--(extra-)?index-url|--find-links|\"resolved\").*|^(?!.*\"url\").*https?://\S*/(simple|npm)\b.*",
            path.read_text("utf-8"),
            re.M,
        )
        assert not match, (
            f"{name} names where packages come from: {match[0][:100]!r}; that is the reader's choice"
        )


def test_the_version_is_the_same_everywhere():
    version = spec.load()["info"]["version"]
    packaged = configparser.ConfigParser()
    packaged.read(ROOT / "setup.cfg")
    assert packaged["metadata"]["version"] == version, "setup.cfg and spec/openapi.yaml have one version"
    changes = (ROOT / "CHANGELOG.md").read_text("utf-8")
    assert re.search(rf"^## .*\b{re.escape(version)}\b", changes, re.M), (
        f"CHANGELOG.md has no heading for {version}"
    )


def test_no_secret_is_written_down():
    secretive = set()
    for name, path in files(".py", ".yaml", ".cfg", ".ini", ".toml", ".md", ".html", ".js", below=("",)):
        if not name.startswith("contract_tests/") and SECRETS.search(path.read_text("utf-8")):
            secretive.add(name)
    assert secretive == NO_SECRETS.keys(), (
        "take out what looks like a secret; off the list what no longer does"
    )


@pytest.mark.parametrize(
    "line",
    [
        'PASSWORD = "correct-horse-7"',
        "secret: 'a1b2c3d4e5f6'",
        "postgresql://remit:hunter2@db/remit",
        "remit_" + "a" * 43,
        "-----BEGIN " + "PRIVATE KEY-----",
        'headers = {"token": "8f14e45fceea167a"}',
    ],
)
def test_a_secret_is_found(line):
    assert SECRETS.search(line)
