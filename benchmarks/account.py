"""What a command costs, with all that it starts: CPU of the program itself, of its other processes, and the clock.

measured(command, seconds, cwd, …) → Cost, what it printed
tree(pid) → pids; cpu_of(pid), memory_of(pid)      of what runs on

A process's CPU is user + system. Whom a program leaves behind (workers, and the process that forks them) would be nobody's child
and in no account: `adopt` makes this process the one that they fall to, and `measured` awaits them.
"""

import ctypes
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

ADOPT = 36
"""PR_SET_CHILD_SUBREAPER, prctl(2)."""
TICK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Cost:
    """Seconds of CPU of all processes, of the first one alone, and of the clock."""

    cpu: float
    own: float
    wall: float


def adopt() -> None:
    """Raises OSError where orphans cannot be adopted: their CPU would not be counted."""
    if ctypes.CDLL(None, use_errno=True).prctl(ADOPT, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "orphans cannot be adopted: their CPU would not be counted")


@contextmanager
def installed() -> Iterator[Mapping[str, str]]:
    """An environment in which Python keeps bytecode, as what is installed has it: else each start would compile everything."""
    folder = tempfile.mkdtemp(prefix="bytecode-")
    try:
        yield {**os.environ, "PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": folder}
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def measured(command: Sequence[str], seconds: float, cwd: Path, environment: Mapping[str, str]) -> tuple[Cost, str]:
    """Run a command to its end. Raises RuntimeError if it fails, or takes longer."""
    others = _children()
    with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as errors:
        started = time.monotonic()
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=errors, cwd=cwd, env=environment)
        while not os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT):
            if time.monotonic() > started + seconds:
                process.kill()
                process.wait()
                raise RuntimeError(f"not done in {seconds:.0f} s: {' '.join(command[:4])} …")
            time.sleep(0.002)
        wall = time.monotonic() - started
        own = cpu_of(process.pid)
        _, status, usage = os.wait4(process.pid, 0)
        cpu = usage.ru_utime + usage.ru_stime
        while orphans := _children() - others:
            for orphan in orphans:
                _, _, usage = os.wait4(orphan, 0)
                cpu += usage.ru_utime + usage.ru_stime
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        errors.seek(0)
        if process.returncode:
            raise RuntimeError(f"exit code {process.returncode}: {' '.join(command[:4])} …\n{errors.read()[-2000:]}")
        return Cost(cpu, min(own, cpu), wall), output.read()


def _children() -> set[int]:
    """Pids of this process's children, of all of its threads."""
    return {int(pid) for task in Path("/proc/self/task").iterdir() for pid in (task / "children").read_text().split()}


def tree(pid: int) -> Iterator[int]:
    """A process and all that it started, as far as they are there."""
    yield pid
    with suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                yield from tree(int(child))


def cpu_of(pid: int, *, awaited: bool = False) -> float:
    """Seconds that a process used that was not awaited yet; `awaited`: with the children that it awaited."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11 : 15 if awaited else 13])) / TICK


def memory_of(pid: int) -> int:
    """Bytes of a process: its own, and its part of what it shares with others. 0 if it has ended."""
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    return 0
