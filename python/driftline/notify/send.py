"""Messages to their targets: tried again where that may help, never raising, never telling a secret."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from driftline.errors import OptionError
from driftline.notify.message import Message

__all__ = ["DeliveryError", "Failure", "Target", "send", "within"]

_log = logging.getLogger("driftline.notify")
_log.addHandler(logging.NullHandler())  # a program that sets up no log gets no lines from us
FIRST_PAUSE = 1.0
LONGEST_PAUSE = 30.0


class Target(Protocol):
    """Where a message can go."""

    @property
    def name(self) -> str:
        """How logs and errors call it; holds no secret."""

    def deliver(self, message: Message) -> None:
        """Hand the message over, or raise DeliveryError."""


class DeliveryError(Exception):
    """A message did not arrive. ``again`` is what to try next: the target, the part that failed, or nothing.

    The text holds no address, header or other secret.
    """

    def __init__(self, reason: str, again: Target | None = None) -> None:
        super().__init__(reason)
        self.again = again


@dataclass(frozen=True)
class Failure:
    """A message that could not be delivered.

    Examples
    --------
    >>> print(Failure("webhook https://example.com/…", "answered 404 Not Found", 1))
    webhook https://example.com/…: answered 404 Not Found (1 try)
    """

    target: str
    reason: str
    tries: int

    def __str__(self) -> str:
        return f"{self.target}: {self.reason} ({self.tries} {'try' if self.tries == 1 else 'tries'})"


def send(
    message: Message, targets: Sequence[Target], *, retries: int = 3, sleep: Callable[[float], object] = time.sleep
) -> list[Failure]:
    """Deliver a message to every target, and return those that did not get it.

    A failure that may pass (no connection, no answer in time, an answer 408, 429 or 5xx) is tried again, after 1, 2, 4
    … seconds, at most 30. One that will not pass (another answer, a redirect) is not. A target that fails keeps no
    other from its message. A message whose answer was lost may arrive twice; its ``id`` is the same.

    Parameters
    ----------
    message : Message
        What to tell.
    targets : sequence of Target
        ``Webhook``, ``AppriseTarget``, or an object with ``name`` and ``deliver(message)``.
    retries : int
        How often a failing target is tried again.
    sleep : callable
        Waits so many seconds; for tests.

    Raises
    ------
    OptionError
        If ``retries`` is negative. A failing target raises nothing.

    Examples
    --------
    >>> from driftline.notify import Message, Webhook, send
    >>> message = Message(dataset="loans", verdict="alert")
    >>> failures = send(message, [Webhook("http://127.0.0.1:9/hook")], retries=0)
    >>> print(failures[0])
    webhook http://127.0.0.1:9/…: Connection refused (1 try)
    """
    if retries < 0:
        raise OptionError(f"retries must be 0 or more, got {retries}")
    failures = [_send_to(target, message, retries, sleep) for target in targets]
    return [failure for failure in failures if failure is not None]


def _send_to(target: Target, message: Message, retries: int, sleep: Callable[[float], object]) -> Failure | None:
    name, again = target.name, target
    for tries in range(1, retries + 2):
        try:
            again.deliver(message)
        except DeliveryError as error:
            reason = str(error)
            if error.again is None or tries > retries:
                return _failed(Failure(error.again.name if error.again else name, reason, tries))
            _log.info("%s: %s, trying again", name, reason)
            again = error.again
            sleep(min(FIRST_PAUSE * 2 ** (tries - 1), LONGEST_PAUSE))
        except Exception as error:  # A target of the user's own; its text may hold what it should not.
            return _failed(Failure(name, f"unexpected {type(error).__name__}", tries))
        else:
            return None
    return None


def _failed(failure: Failure) -> Failure:
    _log.warning("not delivered: %s", failure)
    return failure


def within(seconds: float, call: Callable[[], None]) -> bool:
    """Run ``call`` and wait for it at most so long; False if it is still running then, which no longer matters.

    Timeouts of sockets begin anew with every byte, so a server that drips could hold its caller for ever. An exception
    of ``call`` is raised here.
    """
    raised: list[BaseException] = []

    def run() -> None:
        try:
            call()
        except BaseException as error:
            raised.append(error)

    thread = threading.Thread(target=run, name="driftline-notify", daemon=True)
    thread.start()
    thread.join(seconds)
    if thread.is_alive():
        return False
    if raised:
        raise raised[0]
    return True
