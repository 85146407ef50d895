"""Try the mutants of the rules: `scripts/mutate` says how it is called.

One process imports all and collects the tests; each mutant is tried in a fork of it, by the tests that run its lines,
the quickest first, until one fails. So a mutant costs little more than the test that finds it.
"""

import argparse
import ast
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
import gc
import importlib
from itertools import accumulate
from math import inf
import os
from pathlib import Path
import resource
import secrets
import select
import signal
import sys
from time import monotonic

from hypothesis import Phase, settings
import pytest

from .drawing import drawn, in_any_order, told
from .modules import FOLDER, PACKAGE, REPOSITORY, modules_of, part_of, path_of
from .outcome import Outcome, summary, table
from .steps import Mutant, mutants
from .swap import NotTriedError, Swap
from .watch import Seen, watched

TESTS = "tests/core"
_NOT_NEEDED = ("homeassistant", "cov", "xdist", "timeout", "cacheprovider", "socket")
#: Of what the tests of a mutant take together, and a little: who needs more CPU hangs.
_PATIENCE = 3.0
_LEAST_S = 5.0
#: After the time is over, what was begun before may take so long still.
_LAST_S = 600.0
_KILLED, _SURVIVED, _NOT_TRIED = 1, 0, 7


@dataclass
class Trial:
    """A mutant that is being tried in a process of its own."""

    module: str
    mutant: Mutant
    pid: int
    answer: int  # a pipe's end: the test that failed
    until_s: float


@dataclass
class Run:
    """All mutants of some modules, tried by the tests of a session."""

    session: pytest.Session
    seen: Mapping[str, Seen]
    modules: Sequence[str]
    jobs: int
    give_up_s: float
    most_s: float
    only: frozenset[str] | None
    results: Path
    counts: dict[str, dict[Outcome, int]] = field(default_factory=dict)  # by module
    survivors: list[str] = field(default_factory=list)
    killers: list[str] = field(default_factory=list)  # the latest last
    trials: dict[int, Trial] = field(default_factory=dict)

    def all(self) -> None:
        """Try them all, some at once."""
        self._items = {item.nodeid: item for item in self.session.items}
        self._tests: dict[tuple[str, int], set[str]] = {}
        for test, seen in self.seen.items():
            for line in seen.lines:
                self._tests.setdefault(line, set()).add(test)
        for name in self.modules:
            self.counts[name] = dict.fromkeys(Outcome, 0)
            for mutant, swap in self._mutants_of(name):
                while len(self.trials) >= self.jobs:
                    self._wait()
                if monotonic() > self.give_up_s:
                    self._done(name, mutant, Outcome.NOT_REACHED)
                else:
                    self._begin(name, mutant, swap)
            while self.trials:
                self._wait()
            print(f"{name}: {summary(self.counts[name])}", flush=True)  # noqa: T201
            self._write()

    def _write(self) -> None:
        """Write down what is known so far: who ends us meanwhile loses no more than a module."""
        listed = "".join(f"{line}\n" for line in self.survivors)
        (self.results / "survivors.txt").write_text(listed, encoding="utf-8")
        (self.results / "mutation.md").write_text(table(self.counts), encoding="utf-8")

    def _mutants_of(self, name: str) -> Iterator[tuple[Mutant, Swap]]:
        tree = ast.parse(path_of(name).read_text(encoding="utf-8"))
        module = importlib.import_module(f"{PACKAGE}.{name.replace('/', '.')}")
        swap = Swap(module, tree, PACKAGE)
        for mutant in mutants(tree):
            if self.only is None or told(name, mutant) in self.only:
                yield mutant, swap

    def _tests_of(self, name: str, mutant: Mutant) -> list[str]:
        """Return the tests that run a mutant: those that found others lately first, then the quickest."""
        file = str(path_of(name))
        if mutant.function is None:
            found = {test for (of, _), tests in self._tests.items() if of == file for test in tests}
        else:
            lines = range(mutant.line, mutant.end_line + 1)
            found = {test for line in lines for test in self._tests.get((file, line), ())}
        rank = {test: -place for place, test in enumerate(self.killers[-20:], 1)}
        ranked = sorted(found, key=lambda test: (rank.get(test, 0), self.seen[test].took_s))
        so_far_s = accumulate(self.seen[test].took_s for test in ranked)
        return [
            test
            for place, (test, took_s) in enumerate(zip(ranked, so_far_s, strict=True))
            if took_s <= self.most_s or not place
        ]

    def _begin(self, name: str, mutant: Mutant, swap: Swap) -> None:
        tests = self._tests_of(name, mutant)
        if not tests:
            self._done(name, mutant, Outcome.UNTESTED)
            return
        limit_s = _LEAST_S + _PATIENCE * sum(self.seen[test].took_s for test in tests)
        reading, writing = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(reading)
            self._try(mutant, swap, tests, writing, limit_s)
        os.close(writing)
        until_s = min(monotonic() + 20 * limit_s, self.give_up_s + _LAST_S)
        self.trials[pid] = Trial(module=name, mutant=mutant, pid=pid, answer=reading, until_s=until_s)

    def _try(self, mutant: Mutant, swap: Swap, tests: Sequence[str], answer: int, limit_s: float) -> None:
        """Run tests on a mutant, in a process that ends with the first that fails."""
        gc.disable()  # it would touch, and so copy, all that we share with our parent
        nothing = os.open(os.devnull, os.O_RDWR)
        for number in (0, 1, 2):
            os.dup2(nothing, number)
        resource.setrlimit(resource.RLIMIT_CPU, (int(limit_s) + 1, int(limit_s) + 2))
        status = _SURVIVED
        try:
            swap.swap(mutant)
        except NotTriedError:
            os._exit(_NOT_TRIED)
        except Exception:  # noqa: BLE001 - a constant that cannot even be made would be seen at once
            os._exit(_KILLED)
        try:
            self.session.config.pluginmanager.unregister(name="terminalreporter")
            self.session.config.pluginmanager.register(_Ends(answer))
            items = [self._items[test] for test in tests]
            for item, following in zip(items, [*items[1:], None], strict=True):
                self.session.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        except BaseException:  # noqa: BLE001 - whatever it is, the mutant is the reason
            status = _KILLED
        os._exit(status)

    def _wait(self) -> None:
        """Wait until a trial is over."""
        polled = select.poll()
        for trial in self.trials.values():
            polled.register(trial.answer, select.POLLIN | select.POLLHUP)
        first_s = min(trial.until_s for trial in self.trials.values())
        ready = {number for number, _ in polled.poll(max(0.0, first_s - monotonic()) * 1000)}
        for trial in list(self.trials.values()):
            if trial.answer in ready or monotonic() >= trial.until_s:
                self._end(trial)

    def _end(self, trial: Trial) -> None:
        if late := monotonic() >= trial.until_s:
            os.kill(trial.pid, signal.SIGKILL)
        killer = b""
        while part := os.read(trial.answer, 4096):
            killer += part
        os.close(trial.answer)
        status = os.waitpid(trial.pid, 0)[1]
        del self.trials[trial.pid]
        if killer:
            self._remember(killer.decode())
        if late and monotonic() > self.give_up_s:
            outcome = Outcome.NOT_REACHED
        elif os.WIFSIGNALED(status):
            outcome = Outcome.HANGS
        else:
            codes = {_KILLED: Outcome.KILLED, _SURVIVED: Outcome.SURVIVED, _NOT_TRIED: Outcome.NOT_TRIED}
            outcome = codes.get(os.waitstatus_to_exitcode(status), Outcome.KILLED)
        self._done(trial.module, trial.mutant, outcome)

    def _remember(self, killer: str) -> None:
        if killer in self.killers:
            self.killers.remove(killer)
        self.killers.append(killer)

    def _done(self, name: str, mutant: Mutant, outcome: Outcome) -> None:
        self.counts[name][outcome] += 1
        if outcome in {Outcome.SURVIVED, Outcome.UNTESTED}:
            note = "" if outcome is Outcome.SURVIVED else "  (no test runs it)"
            self.survivors.append(told(name, mutant) + note)
            print(self.survivors[-1], flush=True)  # noqa: T201


class _Ends:
    """Ends the process with the first test that fails, and says which."""

    def __init__(self, answer: int) -> None:
        self._answer = answer

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None]:
        """End at once where a test raises: nobody reads how it is told."""
        try:
            yield
        except pytest.skip.Exception:
            raise
        except BaseException:  # noqa: BLE001 - whatever it is, the mutant is the reason
            os.write(self._answer, item.nodeid.encode())
            os._exit(_KILLED)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Look at what a test did."""
        if report.failed:
            os.write(self._answer, report.nodeid.encode())
            os._exit(_KILLED)


class Mutation:
    """A plugin of pytest: what it does with the tests once they are collected."""

    def __init__(self, arguments: argparse.Namespace, modules: Sequence[str]) -> None:
        self._arguments = arguments
        self._modules = modules
        self.run: Run | None = None

    def pytest_sessionstart(self) -> None:
        """Let no property test look for the smallest example that fails: that one does is all that counts."""
        phases = (Phase.explicit, Phase.generate)
        settings.register_profile("mutation", settings.get_profile("default"), phases=phases, database=None)
        settings.load_profile("mutation")

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Try the mutants, in the place of running the tests once."""
        give_up_s = monotonic() + self._arguments.minutes * 60
        shared = [path for path in (REPOSITORY / TESTS).rglob("*.py") if not path.name.startswith("test_")]
        shared.append(REPOSITORY / "tests" / "conftest.py")
        kept = self._arguments.results / "mutation-map.pickle"
        seen = watched(session, FOLDER, shared, kept, give_up_s)
        if seen is None:
            raise pytest.UsageError("the time was over before all tests were seen; what was seen is kept")
        print(f"{len(seen)} tests take {sum(one.took_s for one in seen.values()):.0f} s", flush=True)  # noqa: T201
        if not seen or (failed := [test for test, one in seen.items() if one.failed]):
            raise pytest.UsageError(f"the tests fail as it is: {failed if seen else 'there are none'}")
        self.run = Run(
            session=session,
            seen=seen,
            modules=self._modules,
            jobs=self._arguments.jobs,
            give_up_s=give_up_s,
            most_s=self._arguments.most,
            only=self._only(),
            results=self._arguments.results,
        )
        self.run.all()
        return True

    def _only(self) -> frozenset[str] | None:
        if self._arguments.again is not None:
            return frozenset(self._arguments.again.read_text(encoding="utf-8").splitlines())
        if self._arguments.sample is not None:
            return drawn(self._modules, self._arguments.sample, self._arguments.seed)
        return None


def _part(text: str) -> tuple[int, int]:
    number, count = (int(one) for one in text.split("/"))
    if not 1 <= number <= count:
        raise ValueError(text)
    return number, count


def main() -> int:
    """Try them; the exit code is 1 where something is changed that no test runs."""
    parser = argparse.ArgumentParser(prog="scripts/mutate", description="Change the rules; see which test notices.")
    parser.add_argument("modules", nargs="*", help="modules of core/, like prices/merge or 'station/*'; all of them")
    parser.add_argument("--part", type=_part, default=(1, 1), help="one part of them, like 2/6: each for a machine")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="so many mutants at once")
    parser.add_argument("--tests", nargs="+", default=[TESTS], help="only these tests (tests/core)")
    parser.add_argument("--most", type=float, default=inf, help="so many seconds of tests for each, the quickest first")
    parser.add_argument("--again", type=Path, help="only the survivors that this file lists")
    parser.add_argument("--sample", type=int, help="so many of all, drawn at random, where all would take days")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(1_000_000), help="of --sample; printed")
    parser.add_argument("--results", type=Path, default=REPOSITORY / "test-results", help="where the survivors go")
    parser.add_argument("--minutes", type=float, default=330.0, help="begin none after so long")
    arguments = parser.parse_args()
    modules = part_of(modules_of(arguments.modules), *arguments.part)
    if not modules:
        parser.error("no such module")
    if arguments.sample is not None:
        modules = in_any_order(modules, arguments.seed)
    mutation = Mutation(arguments, modules)
    options = ["-q", "-o", "addopts=", "--import-mode=importlib", "--assert=plain", "-m", "not long"]
    options += [part for name in _NOT_NEEDED for part in ("-p", f"no:{name}")]
    arguments.results.mkdir(exist_ok=True)
    pytest.main([*options, *arguments.tests], plugins=[mutation])
    run = mutation.run
    if run is None:
        return 2
    total = {one: sum(counts[one] for counts in run.counts.values()) for one in Outcome}
    print(summary(total))  # noqa: T201
    return int(total[Outcome.UNTESTED] > 0)


if __name__ == "__main__":
    sys.exit(main())
