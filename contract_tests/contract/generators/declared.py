"""What is declared of a generator, and what came of running it."""

import re
import shutil
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

DOCUMENTS = ("3.0", "3.1")
COMPLAINS = re.compile(r"\b(WARN|WARNING|ERROR)\b|✗|⚠")


@dataclass(frozen=True)
class Complaint:
    """A line that a tool prints of a sound contract, and why that is its own fault."""

    pattern: str
    why: str
    documents: tuple[str, ...] = DOCUMENTS


@dataclass(frozen=True)
class Fault:
    """A step at which the generated client fails through a fault of the tool, and what is then printed."""

    step: str  # "compile" or "story"
    pattern: str
    why: str
    documents: tuple[str, ...] = DOCUMENTS


@dataclass(frozen=True)
class Lacking:
    """Why a step cannot be done where only the package registries can be asked, and the program that would change that."""

    what: str
    program: str = ""

    def check(self) -> None:
        path = self.program and shutil.which(self.program)
        assert not path, f"{path} is there: declare how it is used; it is said that there is {self.what}"


NOT_HERE = "not on this machine: "


class NotHere(Exception):
    """The name of a program that is used where it is, and that no package of the environment brings."""


@dataclass(frozen=True)
class Generator:
    """``generate(document, folder)`` returns what the tool printed; ``compile(folder)`` and ``run_story(folder, *arguments)``
    raise when their step fails. In place of a step that cannot be done stands what is lacking for it.
    """

    name: str
    version: Callable[[], str]
    generate: Callable[[Path, Path], str]
    compile: Callable[[Path], None] | Lacking
    run_story: Callable[..., str] | Lacking
    compiled_by: str = ""
    complaints: tuple[Complaint, ...] = ()
    faults: tuple[Fault, ...] = ()

    def fault(self, step: str, document: str) -> Fault | None:
        return next((each for each in self.faults if each.step == step and document in each.documents), None)


@dataclass
class Outcome:
    generated: str = "no"
    compiled: str = "no"
    story: str = "no"
    seconds: int = 0
    reason: str = ""


def run(generator: Generator, document: str, path: Path, folder: Path, hear: Callable[..., Any]) -> Outcome:
    """Generate, compile, and let ``hear`` listen to the story; whatever is not as declared raises."""
    began, outcome = time.monotonic(), Outcome()
    judge(generator, document, generator.generate(path, folder))
    outcome.generated = "yes"
    outcome.compiled = _step(generator, document, "compile", outcome, lambda: generator.compile(folder))  # type: ignore[operator]
    if outcome.compiled == "yes":
        run_story = generator.run_story
        outcome.story = _step(generator, document, "story", outcome, lambda: hear(run_story, folder))
    outcome.seconds = round(time.monotonic() - began)
    return outcome


def judge(generator: Generator, document: str, printed: str) -> None:
    """Every complaint of the tool is declared, and every declared one is made."""
    lines = [line for line in printed.splitlines() if COMPLAINS.search(line)]
    expected = [each for each in generator.complaints if document in each.documents]
    unknown = [line for line in lines if not any(re.search(each.pattern, line) for each in expected)]
    counted = Counter(unknown).most_common(20)
    assert not unknown, f"{generator.name} complains of the contract: {counted}"
    for each in expected:
        assert any(re.search(each.pattern, line) for line in lines), (
            f"take off: {generator.name} no longer complains: {each.pattern}"
        )


def _step(generator: Generator, document: str, step: str, outcome: Outcome, do: Callable[[], object]) -> str:
    declared = generator.compile if step == "compile" else generator.run_story
    if isinstance(declared, Lacking):
        declared.check()
        outcome.reason = declared.what
        return "no"
    fault = generator.fault(step, document)
    if fault is None:
        try:
            do()
        except NotHere as program:
            outcome.reason = f"{NOT_HERE}{program}"
            return "no"
        return "yes"
    try:
        do()
    except AssertionError as failure:
        assert re.search(fault.pattern, str(failure)), failure
        outcome.reason = fault.why
        return "no"
    raise AssertionError(f"take off: {generator.name} passes at last: {fault.why}")
