"""Apprise: what arrives, what is tried again, and that no secret is told."""

from __future__ import annotations

import json
import logging
import sys
import traceback

import pytest

from driftline.errors import OptionError
from driftline.notify import AppriseTarget, ColumnChange, Message, send
from tests.python.web_server import free_port, serving, status

pytest.importorskip("apprise")

# Apprise's own imports, on the Pythons that still have the module.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated")

SECRET = "s3cret-t0ken"
MESSAGE = Message(
    dataset="loans", verdict="alert", changes=(ColumnChange(column="<!channel>", change="new", sentence="& moved."),)
)


@pytest.fixture(autouse=True)
def _every_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)


def test_title_and_text_arrive(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKEN", SECRET)
    with serving() as server:
        target = AppriseTarget(f"json://127.0.0.1:{server.port}/${{TOKEN}}")
        assert send(MESSAGE, [target], retries=0) == []
    assert server.paths == [f"/{SECRET}/"] or server.paths == [f"/{SECRET}"]
    body = json.loads(server.bodies[0])
    assert (body["title"], body["message"]) == (MESSAGE.title, MESSAGE.text)


def test_only_the_address_that_failed_is_tried_again() -> None:
    with serving() as good, serving(status(500), status(500), status(200)) as bad:
        target = AppriseTarget([f"json://127.0.0.1:{good.port}/", f"json://127.0.0.1:{bad.port}/"])
        assert send(MESSAGE, [target], retries=2, sleep=lambda _: None) == []
    assert (len(good.bodies), len(bad.bodies)) == (1, 3)


def test_a_service_that_fails_to_the_end_is_named_by_its_kind() -> None:
    with serving() as good:
        urls = [f"json://127.0.0.1:{good.port}/", f"xml://127.0.0.1:{free_port()}/"]
        (failure,) = send(MESSAGE, [AppriseTarget(urls)], retries=1, sleep=lambda _: None)
    assert str(failure) == "apprise xml://…: the service did not accept the message (2 tries)"


@pytest.mark.parametrize("code", [200, 302, 404, 500])
def test_a_secret_is_in_no_log_error_or_repr(code: int, caplog: pytest.LogCaptureFixture) -> None:
    with serving(status(code, Location="/elsewhere")) as server:
        target = AppriseTarget(f"json://user:{SECRET}@127.0.0.1:{server.port}/{SECRET}/?+X-Key={SECRET}")
        said = [target, target.name, send(MESSAGE, [target], retries=1, sleep=lambda _: None)]
    assert SECRET not in repr(said) + caplog.text


def test_logs_of_other_packages_are_heard_again_afterwards(caplog: pytest.LogCaptureFixture) -> None:
    with serving() as server:
        send(MESSAGE, [AppriseTarget(f"json://127.0.0.1:{server.port}/")], retries=0)
    logging.getLogger("urllib3.connectionpool").info("still here")
    assert "still here" in caplog.text


@pytest.mark.parametrize("url", [f"nosuchservice://{SECRET}", f"slack://{SECRET}", SECRET, ""])
def test_an_address_that_apprise_does_not_know_is_refused_without_being_told(
    url: str, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(OptionError, match="apprise") as raised:
        AppriseTarget(url)
    assert SECRET not in "".join(traceback.format_exception(raised.value)) + caplog.text


def test_a_missing_variable_is_named() -> None:
    with pytest.raises(OptionError, match="DRIFTLINE_TEST_UNSET is not set"):
        AppriseTarget("json://localhost/${DRIFTLINE_TEST_UNSET}")


def test_without_the_package_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "apprise", None)
    with pytest.raises(OptionError, match=r"pip install 'driftline\[notify\]'"):
        AppriseTarget("json://localhost/")
