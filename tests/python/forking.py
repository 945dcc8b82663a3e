"""A child of a fork, for tests of what has to work in one."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable

import pytest

__all__ = ["in_child"]


def in_child(work: Callable[[], object]) -> None:
    """Run something in a child of a fork; a failure or a hang of the child fails the test."""
    child = os.fork()
    if child == 0:
        done = False
        try:
            work()
            done = True
        finally:
            os._exit(0 if done else 1)
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        found, status = os.waitpid(child, os.WNOHANG)
        if found:
            assert os.waitstatus_to_exitcode(status) == 0
            return
        time.sleep(0.01)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    pytest.fail("the child hangs")
