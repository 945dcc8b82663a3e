"""Slack, Teams, e-mail and everything else that Apprise knows."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from driftline.errors import OptionError
from driftline.notify.message import Message
from driftline.notify.secrets_in_environment import expand
from driftline.notify.send import DeliveryError, within

__all__ = ["AppriseTarget"]

# Their debug messages hold addresses and tokens.
_TELL_SECRETS = ("apprise", "urllib3", "urllib3.connectionpool", "urllib3.util.retry", "httpx", "httpcore")


class AppriseTarget:
    """Sends a message through Apprise: ``slack://…``, ``mailto://…``, ``msteams://…``, see its list of services.

    Needs ``pip install 'driftline[notify]'``. Secrets belong into the environment: ``${NAME}`` in an address is read
    when a message is sent. Where one of several addresses fails, only that one is tried again.

    Parameters
    ----------
    urls : str or sequence of str
        Apprise addresses.
    timeout : float
        Seconds for one address.

    Raises
    ------
    OptionError
        If Apprise is missing, does not know an address, or a variable is not set. It quotes no address.

    Examples
    --------
    >>> AppriseTarget("json://user:s3cret@localhost/hook")  # doctest: +SKIP
    AppriseTarget('json://…')
    """

    def __init__(self, urls: str | Sequence[str], *, timeout: float = 30.0) -> None:
        self._urls = [urls] if isinstance(urls, str) else list(urls)
        self.timeout = timeout
        if not self._urls:
            raise OptionError("apprise: no address given")
        if not timeout > 0:
            raise OptionError(f"apprise: timeout must be above 0 seconds, got {timeout}")
        for url in self._urls:
            with _silent():
                _service(url)

    @property
    def name(self) -> str:
        """The services, without the rest of their addresses."""
        return f"apprise {', '.join(map(_shown, self._urls))}"

    def deliver(self, message: Message) -> None:
        """Send the message once to each address.

        Raises
        ------
        DeliveryError
            If one did not get it; what to try again are those.
        """
        reasons = {url: self._attempt(url, message) for url in self._urls}
        failed = {url: reason for url, reason in reasons.items() if reason}
        if failed:
            told = ", ".join(dict.fromkeys(failed.values()))
            raise DeliveryError(told, AppriseTarget(list(failed), timeout=self.timeout))

    def _attempt(self, url: str, message: Message) -> str:
        """Why an address did not get the message; nothing when it did."""
        accepted: list[bool] = []

        def notify() -> None:
            with _silent():  # in the thread that sends, so that it holds as long as that does
                answer = _service(url).notify(body=message.text, title=message.title, body_format="text")
                accepted.append(bool(answer))

        try:
            if not within(self.timeout, notify):
                return f"no answer within {self.timeout:g} s"
        except OptionError as error:
            return str(error)
        except Exception as error:
            return f"unexpected {type(error).__name__}"
        return "" if accepted == [True] else "the service did not accept the message"

    def __repr__(self) -> str:
        return f"AppriseTarget({', '.join(repr(_shown(url)) for url in self._urls)})"


def _service(url: str) -> Any:
    """Apprise with one address in it."""
    try:
        import apprise
    except ModuleNotFoundError:
        raise OptionError("apprise: the package is missing, pip install 'driftline[notify]'") from None
    service = apprise.Apprise()
    if not service.add(expand(url, "apprise url")):
        raise OptionError(f"apprise: does not know the address {_shown(url)}, or it is not complete")
    return service


def _shown(url: str) -> str:
    scheme, mark, _ = url.partition("://")
    return f"{scheme}://…" if mark and scheme.isalnum() else "…"


@contextmanager
def _silent() -> Iterator[None]:
    """Keep what other packages log about a delivery out of every log."""
    mute = _Mute()
    for name in _TELL_SECRETS:
        logging.getLogger(name).addFilter(mute)
    try:
        yield
    finally:
        for name in _TELL_SECRETS:
            logging.getLogger(name).removeFilter(mute)


class _Mute(logging.Filter):
    """Lets nothing pass. Each delivery has its own, so that deliveries side by side do not undo each other's."""

    def filter(self, record: logging.LogRecord) -> bool:  # noqa: ARG002 - whatever it says
        return False
