"""A worker beside the server: ``scripts/work`` as a child, started again when it dies, gone when we are."""

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path

COMMAND = [sys.executable, str(Path(__file__).with_name("work")), "--child"]
MIN_RESTART_SECONDS, MAX_RESTART_SECONDS = 0.5, 10.0
STABLE_SECONDS = 60  # of life, after which earlier failures do not count
KILL_DELAY_SECONDS = 10  # beyond the drain time, until it is ended by force


class Beside:
    """Runs from ``start`` until ``stop``; ``environment`` is the worker's, ``drain`` the seconds in which its jobs may finish.

    The child learns that we are gone by the end of its standard input, which the kernel closes even when we are killed.
    """

    def __init__(self, environment: Mapping[str, str], drain: float, say: Callable[[str], None]) -> None:
        self.environment, self.drain, self.say = environment, drain, say
        self.process: subprocess.Popen[bytes] | None = None
        self._stopping, self._guard = threading.Event(), threading.Lock()

    def start(self) -> None:
        threading.Thread(target=self._keep_running, name="worker", daemon=True).start()

    def stop(self) -> None:
        """End it gracefully, then by force."""
        self._stopping.set()
        with self._guard:
            process = self.process
        if process is None:
            return
        process.terminate()
        try:
            process.wait(self.drain + KILL_DELAY_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()

    def _keep_running(self) -> None:
        pause = MIN_RESTART_SECONDS / 2
        while not self._stopping.is_set():
            began = time.monotonic()
            with self._guard:
                if self._stopping.is_set():
                    return
                # In a session of its own: Ctrl-C is ours, and reaches it in order.
                self.process = subprocess.Popen(
                    COMMAND, env=self.environment, stdin=subprocess.PIPE, start_new_session=True
                )
            code = self.process.wait()
            if self._stopping.is_set():
                return
            is_stable = time.monotonic() - began > STABLE_SECONDS
            pause = MIN_RESTART_SECONDS if is_stable else min(pause * 2, MAX_RESTART_SECONDS)
            self.say(f"The worker ended (code {code}); starting it again.")
            self._stopping.wait(pause)
