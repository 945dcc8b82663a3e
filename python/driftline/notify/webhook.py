"""A message as JSON, posted to an address."""

from __future__ import annotations

import re
import ssl
import urllib.error
import urllib.request
from collections.abc import Mapping
from http import HTTPStatus
from http.client import HTTPException
from typing import Any
from urllib.parse import urlsplit

from driftline.errors import OptionError
from driftline.notify.message import Message
from driftline.notify.secrets_in_environment import expand
from driftline.notify.send import DeliveryError, within
from driftline.render.json import to_json

__all__ = ["Webhook"]

_MAY_PASS = frozenset({408, 425, 429})
_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_VISIBLE = re.compile(r"[\x20-\x7e]*")


class Webhook:
    """Posts a message as JSON (``Message.to_dict``) to an address.

    Redirects are refused, the body of the answer is not read, and proxies are those of the environment. Secrets belong
    into the environment: ``${NAME}`` in the address or a header is read when a message is sent.

    Parameters
    ----------
    url : str
        ``http://`` or ``https://`` address.
    headers : mapping, optional
        Further headers.
    timeout : float
        Seconds for everything from looking up the name to the answer's status.

    Raises
    ------
    OptionError
        If the address or a header cannot be used, or a variable is not set. It quotes neither.

    Examples
    --------
    >>> Webhook("https://example.com/hooks/s3cret", headers={"Authorization": "Bearer s3cret"})
    Webhook('https://example.com/…', headers: Authorization)
    """

    def __init__(self, url: str, headers: Mapping[str, str] | None = None, *, timeout: float = 10.0) -> None:
        self._url = url
        self._headers = dict(headers or {})
        self.timeout = timeout
        if not timeout > 0:
            raise OptionError(f"webhook: timeout must be above 0 seconds, got {timeout}")
        self._request(b"")

    @property
    def name(self) -> str:
        """What it is and the host, without the rest of the address."""
        return f"webhook {self._shown()}"

    def deliver(self, message: Message) -> None:
        """Post the message once.

        Raises
        ------
        DeliveryError
            If there was no answer in time, or another one than 2xx.
        """
        try:
            request = self._request(to_json(message.to_dict()).encode("ascii"))
        except OptionError as error:
            raise DeliveryError(str(error)) from None
        try:
            if not within(self.timeout, lambda: self._post(request)):
                raise TimeoutError
        except urllib.error.HTTPError as error:
            error.close()
            again = self if error.code in _MAY_PASS or error.code >= 500 else None
            raise DeliveryError(_answer(error.code), again) from None
        except (OSError, HTTPException) as error:
            raise DeliveryError(_trouble(error, self.timeout), self) from None

    def _post(self, request: urllib.request.Request) -> None:
        opener = urllib.request.build_opener(_RefuseRedirects)
        with opener.open(request, timeout=self.timeout):
            pass

    def _request(self, body: bytes) -> urllib.request.Request:
        url = expand(self._url, "webhook url")
        parts = _split(url)
        if parts is None or not url.isascii() or re.search(r"[\x00-\x20\x7f]", url):
            raise OptionError("webhook url: must be an address such as https://host/path, in ASCII, without blanks")
        headers = {"Content-Type": "application/json", "User-Agent": "driftline"}
        for header, value in self._headers.items():
            expanded = expand(value, f"webhook header {header}")
            if not _HEADER_NAME.fullmatch(header) or not _VISIBLE.fullmatch(expanded):
                raise OptionError(f"webhook header {header!r}: not a header, or its value holds more than plain ASCII")
            headers[header] = expanded
        return urllib.request.Request(url, data=body, headers=headers, method="POST")

    def _shown(self) -> str:
        """Scheme and host as they are written down; a host that is itself a variable stays one."""
        parts = _split(self._url)
        if parts is None:
            return "…"
        host = parts.netloc.rpartition("@")[2]
        return f"{parts.scheme}://{host}/…"

    def __repr__(self) -> str:
        headers = f", headers: {', '.join(self._headers)}" if self._headers else ""
        return f"Webhook({self._shown()!r}{headers})"


class _RefuseRedirects(urllib.request.HTTPRedirectHandler):
    """A redirect would carry message and headers to where nobody asked for; without a new request it is an error."""

    def redirect_request(self, *_: Any) -> None:
        return None


def _split(url: str) -> Any:
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises where it is no number
    except ValueError:
        return None
    return parts if parts.scheme in ("http", "https") and parts.netloc.rpartition("@")[2] else None


def _answer(code: int) -> str:
    phrases = {status.value: status.phrase for status in HTTPStatus}  # The server's own could quote the address.
    told = f"answered {code} {phrases.get(code, '')}".rstrip()
    return f"{told}, a redirect, which is not followed" if 300 <= code < 400 else told


def _trouble(error: OSError | HTTPException, timeout: float) -> str:
    """What went wrong, from fixed texts only: the text of an error may quote the address."""
    cause = error.reason if isinstance(error, urllib.error.URLError) and isinstance(error.reason, OSError) else error
    if isinstance(cause, TimeoutError):
        return f"no answer within {timeout:g} s"
    if isinstance(cause, ssl.SSLCertVerificationError):
        return "its certificate cannot be verified"
    if isinstance(cause, ssl.SSLError):
        return "no secure connection"
    if isinstance(cause, OSError) and cause.errno is not None and isinstance(cause.strerror, str):
        return cause.strerror
    return type(cause).__name__
