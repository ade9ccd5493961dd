"""A worker beside the server: ``scripts/work`` as a child, started again when it dies, gone when we are."""

import subprocess
import sys
import threading
import time
from pathlib import Path

COMMAND = [sys.executable, str(Path(__file__).with_name("work")), "--child"]
SHORTEST_PAUSE, LONGEST_PAUSE = 0.5, 10.0  # seconds between restarts
STEADY = 60  # seconds of life after which earlier deaths are forgiven
KILL_DELAY_SECONDS = 10  # beyond the drain time, until it is ended by force


class Beside:
    """Runs from ``start`` until ``stop``; ``environment`` is the worker's, ``drain`` how long its jobs may finish.

    The child is told that we are gone by the end of its standard input, which the kernel closes even when we are killed.
    """

    def __init__(self, environment, drain, say):
        self.environment, self.drain, self.say = environment, drain, say
        self.process = None
        self._stopping, self._guard = threading.Event(), threading.Lock()

    def start(self):
        threading.Thread(target=self._keep_running, name="worker", daemon=True).start()

    def stop(self):
        """End it in order, then by force."""
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

    def _keep_running(self):
        pause = SHORTEST_PAUSE / 2
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
            pause = SHORTEST_PAUSE if time.monotonic() - began > STEADY else min(pause * 2, LONGEST_PAUSE)
            self.say(f"The worker ended (code {code}); starting it again.")
            self._stopping.wait(pause)
