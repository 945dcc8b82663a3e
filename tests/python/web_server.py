"""A web server on the loopback that answers as it is told and remembers what it got."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Answer = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class WebServer:
    """``answers`` are used up in turn, the last one for ever."""

    answers: list[Answer]
    port: int = 0
    bodies: list[bytes] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)

    def url(self, path: str = "/") -> str:
        return f"http://127.0.0.1:{self.port}{path}"


def status(code: int, **headers: str) -> Answer:
    """An empty answer."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(code)
        for name, value in headers.items():
            request.send_header(name, value)
        request.send_header("Content-Length", "0")
        request.end_headers()

    return answer


def huge(size: int) -> Answer:
    """An answer with so many bytes, sent as long as somebody reads."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.send_header("Content-Length", str(size))
        request.end_headers()
        for _ in range(size >> 20):
            request.wfile.write(bytes(1 << 20))

    return answer


def silent(seconds: float) -> Answer:
    """No answer for so long."""
    return lambda _: time.sleep(seconds)


def dripping(seconds: float) -> Answer:
    """A status line and then one byte of a header at a time."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        request.wfile.write(b"HTTP/1.1 200 OK\r\nX-Drip: ")
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            request.wfile.write(b"x")
            time.sleep(0.05)

    return answer


def nonsense(request: BaseHTTPRequestHandler) -> None:
    """Something that is not HTTP."""
    request.wfile.write(b"220 mail.example.com ESMTP\r\n")


def echoing(request: BaseHTTPRequestHandler) -> None:
    """What was asked, in the place of the status line."""
    request.wfile.write(f"{request.path} {request.headers['X-Key']}\r\n".encode())


def echoing_reason(request: BaseHTTPRequestHandler) -> None:
    """What was asked, as the reason of a failure."""
    request.wfile.write(f"HTTP/1.1 500 {request.path}\r\nContent-Length: 0\r\n\r\n".encode())


@contextmanager
def serving(*answers: Answer) -> Iterator[WebServer]:
    """A server that runs as long as the block does."""
    server = WebServer(list(answers) or [status(200)])

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            server.bodies.append(self.rfile.read(int(self.headers.get("Content-Length", 0))))
            server.paths.append(self.path)
            server.headers.append(dict(self.headers))
            answer = server.answers.pop(0) if len(server.answers) > 1 else server.answers[0]
            with suppress(OSError):  # the other side has gone
                answer(self)
            self.close_connection = True

        def do_GET(self) -> None:
            self.do_POST()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as web:
        web.daemon_threads = True
        web.block_on_close = False
        server.port = web.server_address[1]
        thread = threading.Thread(target=web.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        yield server
        web.shutdown()
        thread.join()


def free_port() -> int:
    """A port that nothing listens on."""
    with ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as web:
        return int(web.server_address[1])
