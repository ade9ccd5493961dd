"""What is judged once at the end of a run, over all of its worker processes.

A test counts with ``looked_at``.  Each process sums up its evidence when its last test has ended; the process that runs
the others judges it, and each judgement is reported as a test is.
"""

import sys
from collections import Counter
from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass, field
from typing import Any

import pytest

LOOKED_AT: Counter[str] = Counter()


def looked_at(what: str, number: int = 1) -> None:
    """Add to how much was looked at, which is printed and judged at the end of the run."""
    LOOKED_AT[what] += number


@dataclass
class Evidence:
    """``answers`` are pairs of an operation and a status that the servers gave; ``requested`` those that tests are about."""

    answers: set[tuple[str, int]] = field(default_factory=set)
    requested: set[tuple[str, int]] = field(default_factory=set)
    looked_at: Counter[str] = field(default_factory=Counter)

    def add(self, other: "Evidence") -> None:
        self.answers |= other.answers
        self.requested |= other.requested
        self.looked_at += other.looked_at

    def as_plain(self) -> dict[str, Any]:
        """In types that xdist sends between processes."""
        return {
            "answers": sorted(self.answers),
            "requested": sorted(self.requested),
            "looked_at": dict(self.looked_at),
        }

    @classmethod
    def of_plain(cls, plain: dict[str, Any]) -> "Evidence":
        answers, requested = (
            {(name, status) for name, status in plain[key]} for key in ("answers", "requested")
        )
        return cls(answers, requested, Counter(plain["looked_at"]))


@dataclass
class Judgement:
    """The id of what was judged and the faults, one line each; no faults: it has passed."""

    nodeid: str
    faults: list[str]


class Judging:
    """The plugin: ``gather`` gives the evidence of this process, ``judge`` the judgements and lines to print."""

    def __init__(
        self,
        gather: Callable[[pytest.Session], Evidence],
        judge: Callable[[Evidence], tuple[Iterable[Judgement], Iterable[str]]],
    ):
        self.gather, self.judge = gather, judge
        self.evidence, self.lines = Evidence(), list[str]()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtestloop(self, session: pytest.Session) -> Generator[None, object, object]:
        done = yield
        if is_worker(session.config):
            session.config.workeroutput["evidence"] = self.gather(session).as_plain()  # type: ignore[attr-defined]
        elif not session.config.option.collectonly:
            self.evidence.add(self.gather(session))
            judgements, lines = self.judge(self.evidence)
            self.lines.extend(lines)
            for judgement in judgements:
                session.config.hook.pytest_runtest_logreport(report=report(judgement))
        return done

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any, error: object) -> None:
        """A worker has ended; one that crashed has failed the run by that."""
        output = getattr(node, "workeroutput", None) or {}
        if "evidence" in output:
            self.evidence.add(Evidence.of_plain(output["evidence"]))

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self.lines:
            terminalreporter.section("how much was looked at")
            for line in self.lines:
                terminalreporter.write_line(line)


def is_worker(config: pytest.Config) -> bool:
    return hasattr(config, "workerinput")


def report(judgement: Judgement) -> pytest.TestReport:
    """The judgement in the form of a test that has passed or failed."""
    file, _, name = judgement.nodeid.partition("::")
    return pytest.TestReport(
        nodeid=judgement.nodeid,
        location=(file, None, name),
        keywords={},
        outcome="failed" if judgement.faults else "passed",
        longrepr="\n".join(judgement.faults) or None,
        when="call",
    )


def is_imported(module: str) -> bool:
    """Whether a test of this process has needed the module; what was not imported has counted nothing."""
    return module in sys.modules
