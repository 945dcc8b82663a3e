"""Webhooks: what is posted, what is tried again, what a bad server can do, and that no secret is ever told."""

from __future__ import annotations

import json
import logging
import pickle
import socket
import time
import traceback

import pytest

from driftline.errors import OptionError
from driftline.notify import ColumnChange, DeliveryError, Message, Webhook, send
from tests.python.web_server import (
    dripping,
    echoing,
    echoing_reason,
    free_port,
    huge,
    nonsense,
    serving,
    silent,
    status,
)

SECRET = "s3cret-t0ken"
MESSAGE = Message(
    dataset="loans",
    verdict="alert",
    changes=(ColumnChange(column="age", change="new", sentence="age moved up.", value=0.5, source="psi"),),
)


@pytest.fixture(autouse=True)
def _every_log_and_no_proxy(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    caplog.set_level(logging.DEBUG)
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)


def test_the_message_arrives_as_json(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOOK_TOKEN", SECRET)
    with serving() as server:
        hook = Webhook(server.url("/hooks/${HOOK_TOKEN}"), headers={"Authorization": "Bearer ${HOOK_TOKEN}"})
        assert send(MESSAGE, [hook]) == []
    assert server.paths == [f"/hooks/{SECRET}"]
    assert server.headers[0]["Authorization"] == f"Bearer {SECRET}"
    assert server.headers[0]["Content-Type"] == "application/json"
    assert json.loads(server.bodies[0]) == MESSAGE.to_dict()


@pytest.mark.parametrize("code", [408, 429, 500, 502, 503])
def test_a_failure_that_may_pass_is_tried_again_after_a_growing_pause(code: int) -> None:
    pauses: list[float] = []
    with serving(status(code), status(code), status(code), status(204)) as server:
        assert send(MESSAGE, [Webhook(server.url())], retries=3, sleep=pauses.append) == []
    assert pauses == [1, 2, 4]
    assert len({json.loads(body)["id"] for body in server.bodies}) == 1


def test_the_pause_stops_growing() -> None:
    pauses: list[float] = []
    with serving(status(500)) as server:
        (failure,) = send(MESSAGE, [Webhook(server.url())], retries=8, sleep=pauses.append)
    assert pauses == [1, 2, 4, 8, 16, 30, 30, 30]
    assert (failure.reason, failure.tries) == ("answered 500 Internal Server Error", 9)


@pytest.mark.parametrize("code", [400, 401, 403, 404, 410, 413])
def test_a_failure_that_will_not_pass_is_not_tried_again(code: int) -> None:
    with serving(status(code)) as server:
        (failure,) = send(MESSAGE, [Webhook(server.url())], sleep=pytest.fail)
    assert failure.tries == len(server.bodies) == 1
    assert failure.reason.startswith(f"answered {code} ")


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_a_redirect_is_refused(code: int) -> None:
    with serving() as elsewhere, serving(status(code, Location=elsewhere.url(f"/{SECRET}"))) as server:
        (failure,) = send(MESSAGE, [Webhook(server.url())], sleep=pytest.fail)
    assert elsewhere.paths == []
    assert "a redirect, which is not followed" in failure.reason
    assert SECRET not in str(failure)


def test_a_dead_port_is_a_failure_and_nothing_is_raised() -> None:
    (failure,) = send(MESSAGE, [Webhook(f"http://127.0.0.1:{free_port()}/")], retries=1, sleep=lambda _: None)
    assert (failure.reason, failure.tries) == ("Connection refused", 2)


def test_a_name_that_does_not_exist_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    def resolve(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    (failure,) = send(MESSAGE, [Webhook("http://nowhere.invalid/")], retries=0)
    assert str(failure) == "webhook http://nowhere.invalid/…: Name or service not known (1 try)"


@pytest.mark.parametrize("answer", [silent(20.0), dripping(20.0)], ids=["silent", "dripping"])
def test_a_slow_server_costs_no_more_than_the_timeout(answer: object) -> None:
    with serving(answer) as server:  # type: ignore[arg-type]
        start = time.monotonic()
        (failure,) = send(MESSAGE, [Webhook(server.url(), timeout=0.3)], retries=0)
        assert time.monotonic() - start < 5
    assert failure.reason == "no answer within 0.3 s"


def test_a_huge_answer_is_not_read() -> None:
    with serving(huge(8 << 30)) as server:
        start = time.monotonic()
        assert send(MESSAGE, [Webhook(server.url())], retries=0) == []
        assert time.monotonic() - start < 5


def test_an_answer_that_is_not_http_is_a_failure() -> None:
    with serving(nonsense) as server:
        (failure,) = send(MESSAGE, [Webhook(server.url())], retries=0)
    assert failure.reason == "BadStatusLine"


def test_a_dead_target_keeps_no_other_from_its_message() -> None:
    with serving() as server:
        targets = [Webhook(f"http://127.0.0.1:{free_port()}/"), Webhook(server.url())]
        failures = send(MESSAGE, targets, retries=0)
    assert [failure.target for failure in failures] == [targets[0].name]
    assert len(server.bodies) == 1


class Broken:
    name = "my target"

    def deliver(self, message: Message) -> None:
        raise RuntimeError(SECRET)


def test_a_target_that_raises_anything_is_a_failure_without_its_text(caplog: pytest.LogCaptureFixture) -> None:
    (failure,) = send(MESSAGE, [Broken()], sleep=pytest.fail)
    assert str(failure) == "my target: unexpected RuntimeError (1 try)"
    assert SECRET not in caplog.text


@pytest.mark.parametrize("in_environment", [True, False])
def test_a_secret_is_in_no_log_error_or_repr(
    in_environment: bool, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("TOKEN", SECRET)
    held = "${TOKEN}" if in_environment else SECRET
    said: list[object] = []
    answers = [status(500), status(404), status(302, Location=f"/{SECRET}"), echoing, echoing_reason, silent(2.0)]
    for answer in answers:
        with serving(answer) as server:
            hook = Webhook(
                f"http://user:{held}@127.0.0.1:{server.port}/{held}?key={held}",
                headers={"X-Key": held},
                timeout=0.3,
            )
            said += [hook, hook.name, send(MESSAGE, [hook], retries=1, sleep=lambda _: None)]
            with pytest.raises(DeliveryError) as raised:
                hook.deliver(MESSAGE)
            said.append("".join(traceback.format_exception(raised.value)))
    assert SECRET not in repr(said) + caplog.text
    assert "127.0.0.1" in caplog.text
    if in_environment:
        assert SECRET.encode() not in pickle.dumps(hook)


@pytest.mark.parametrize(
    "url",
    [
        f"htps://example.com/{SECRET}",
        f"example.com/{SECRET}",
        f"http:///{SECRET}",
        f"http://user:{SECRET}@/",
        f"http://example.com:port/{SECRET}",
        f"http://[::1/{SECRET}",
        f"http://example.com/a b{SECRET}",
        f"http://example.com/ü{SECRET}",
        f"http://example.com/\r\nX-Evil: {SECRET}",
        f"file:///etc/{SECRET}",
        "",
    ],
)
def test_an_address_that_cannot_be_used_is_refused_without_being_told(url: str) -> None:
    with pytest.raises(OptionError, match="webhook url") as raised:
        Webhook(url)
    assert SECRET not in "".join(traceback.format_exception(raised.value))


@pytest.mark.parametrize("headers", [{"X-Key": f"{SECRET}\r\nX-Evil: 1"}, {"X Key": SECRET}, {"X-Key": f"ü{SECRET}"}])
def test_a_header_that_cannot_be_used_is_refused_without_its_value(headers: dict[str, str]) -> None:
    with pytest.raises(OptionError, match="webhook header") as raised:
        Webhook("http://example.com", headers=headers)
    assert SECRET not in "".join(traceback.format_exception(raised.value))


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://example.com/${DRIFTLINE_TEST_UNSET}", "the environment variable DRIFTLINE_TEST_UNSET is not set"),
        ("http://example.com/${OPEN", "is written ${NAME}"),
        ("http://example.com/${with space}", "is written ${NAME}"),
    ],
)
def test_a_variable_that_is_missing_is_named_before_any_work(url: str, said: str) -> None:
    with pytest.raises(OptionError) as raised:
        Webhook(url)
    assert said in str(raised.value)


def test_a_variable_that_vanishes_later_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKEN", SECRET)
    hook = Webhook("http://example.com/${TOKEN}")
    monkeypatch.delenv("TOKEN")
    (failure,) = send(MESSAGE, [hook], sleep=pytest.fail)
    assert failure.reason == "webhook url: the environment variable TOKEN is not set"


def test_a_wrong_timeout_or_number_of_retries_is_refused() -> None:
    with pytest.raises(OptionError, match="timeout"):
        Webhook("http://example.com", timeout=0)
    with pytest.raises(OptionError, match="retries"):
        send(MESSAGE, [], retries=-1)
