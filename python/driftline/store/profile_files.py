"""Profiles of a store as files, wherever fsspec can put them: a folder, S3, GCS, Azure, memory."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote, urlsplit

from driftline.errors import InputError, OptionError, StoreError
from driftline.file_output import write_whole
from driftline.store.records import ProfileRecord

__all__ = ["ProfileFiles"]

_Result = TypeVar("_Result")


class ProfileFiles:
    """Files under a URL: ``file:///srv/profiles``, ``s3://bucket/prefix``, ``memory://profiles``.

    A name holds the window and the digest, so that a file is never changed into another one: it is there before the
    database speaks of it, and goes after the database has forgotten it. What a process leaves that is killed in between
    is a file that nobody asks for.

    Parameters
    ----------
    url : str
        Needs ``pip install 'driftline[fsspec]'``, and for S3 and the like the package that fsspec names.

    Raises
    ------
    OptionError
        If it is no URL that fsspec knows, or a package is missing.
    """

    def __init__(self, url: str) -> None:
        scheme = url.partition("://")[0]
        if "://" not in url or not scheme.isidentifier():
            raise OptionError(f"profiles must be a URL such as file:///srv/profiles or s3://bucket/prefix, got {url!r}")
        self._shown = _without_secrets(url)
        try:
            from fsspec.core import url_to_fs
        except ModuleNotFoundError:
            raise OptionError("profiles: fsspec is missing, pip install 'driftline[fsspec]'") from None
        try:
            self._fs, root = url_to_fs(url)
        except ImportError as error:
            raise OptionError(f"profiles {self._shown}: fsspec needs a package for {scheme}://: {error}") from None
        except ValueError as error:
            raise OptionError(f"profiles {self._shown}: {error}") from None
        except Exception as error:
            raise StoreError(f"profiles {self._shown}: {_cause(error)}") from None
        self._root = str(root).rstrip("/")
        self._is_local = scheme in ("file", "local")

    def check(self) -> None:
        """Write a file and remove it. Raises StoreError if that cannot be done."""
        path = f"{self._root}/.driftline-{uuid.uuid4().hex}"
        self._try(lambda: self._write(path, b"driftline"))
        self._try(lambda: self._fs.rm_file(path))

    def put_away(self, record: ProfileRecord) -> ProfileRecord:
        """Write the bytes of a record to a file, and give back the record without them."""
        self._try(lambda: self._write(self._path(record), record.data))
        return replace(record, data=b"")

    def with_data(self, record: ProfileRecord) -> ProfileRecord:
        """A record with the bytes of its file; one that has its bytes stays as it is."""
        if record.data:
            return record
        data: bytes = self._try(lambda: self._fs.cat_file(self._path(record)))
        return replace(record, data=data)

    def remove(self, records: Iterable[ProfileRecord]) -> None:
        """Remove the files of records that are gone; one that cannot be removed harms nobody."""
        for record in records:
            with suppress(Exception):
                self._fs.rm_file(self._path(record))

    def _path(self, record: ProfileRecord) -> str:
        key = record.key
        folder = quote(key.dataset, safe=" ").replace(".", "%2E")[:100]
        name = hashlib.sha256("\n".join(map(str, key)).encode("utf-8", "surrogatepass")).hexdigest()[:16]
        return f"{self._root}/{folder}/{key.start}-{key.end}-{name}-{record.digest}.dlp"

    def _write(self, path: str, data: bytes) -> None:
        if self._is_local:
            Path(path).parent.mkdir(parents=True, exist_ok=True)
            write_whole(path, data)
        else:
            self._fs.pipe_file(path, data)

    def _try(self, call: Callable[[], _Result]) -> _Result:
        try:
            return call()
        except Exception as error:
            raise StoreError(f"profiles {self._shown}: {_cause(error)}") from None


def _without_secrets(url: str) -> str:
    """Scheme, host and path: what else stands in a URL may be secret."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return url.partition("://")[0] + "://…"
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def _cause(error: BaseException) -> Any:
    """What went wrong; the texts of other packages may quote the URL."""
    inner = error.__cause__ if isinstance(error, InputError) and error.__cause__ is not None else error
    if isinstance(inner, FileNotFoundError):
        return "a profile that the store speaks of is not there"
    if isinstance(inner, OSError) and isinstance(inner.strerror, str) and inner.errno is not None:
        return inner.strerror
    return f"{type(inner).__name__}"
