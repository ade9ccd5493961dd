"""Archives: ZIP files of JSON, written piece by piece, with a manifest of what is in them."""

import hashlib
import zipfile
from collections.abc import Iterable, Iterator
from typing import IO, Any, Self

import orjson

PRETTY = orjson.OPT_INDENT_2 | orjson.OPT_UTC_Z


class Archive:
    """A ZIP file that is being written to an open ``file``; nothing of it is kept in memory but the manifest."""

    def __init__(self, file: IO[bytes]) -> None:
        self.zip = zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED)
        self.files: list[dict[str, Any]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.zip.close()

    def add(self, name: str, values: Iterable[Any]) -> None:
        """A file ``<name>.json`` with a list of ``values``."""
        count = 0

        def pieces() -> Iterator[bytes]:
            nonlocal count
            yield b"["
            for value in values:
                yield b",\n" if count else b"\n"
                yield orjson.dumps(value, option=orjson.OPT_UTC_Z)
                count += 1
            yield b"\n]\n"

        written = self._write(f"{name}.json", pieces())
        self.files.append({"name": f"{name}.json", "count": count, **written})

    def finish(self, readme: str, **facts: Any) -> None:
        """Add a text for people and the manifest: the ``facts``, and each file with its count, its bytes and its SHA-256."""
        self.files.append(
            {"name": "README.txt", "count": None, **self._write("README.txt", [readme.encode()])}
        )
        manifest = orjson.dumps({**facts, "files": self.files}, option=PRETTY)
        self._write("manifest.json", [manifest])

    def _write(self, name: str, pieces: Iterable[bytes]) -> dict[str, Any]:
        digest, size = hashlib.sha256(), 0
        with self.zip.open(name, "w", force_zip64=True) as file:
            for piece in pieces:
                file.write(piece)
                digest.update(piece)
                size += len(piece)
        return {"bytes": size, "sha256": digest.hexdigest()}
