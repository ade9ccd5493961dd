"""The joined contract as one file of JSON, so that a start reads 0.6 MB instead of a hundred files of YAML."""

import hashlib
import os
from contextlib import suppress
from functools import cache
from pathlib import Path

import orjson

_cache_folder: Path | None = None


def cache_in(folder: Path) -> None:
    """Have :func:`spec.load` look for the joined contract in ``folder``, and write it there."""
    global _cache_folder
    _cache_folder = folder


@cache
def source_digest(sources: Path) -> str:
    """SHA-256 of every file of a folder that the joined contract is made of, the programs that join them among them."""
    digest = hashlib.sha256()
    for path in sorted(sources.rglob("*")):
        if path.suffix in (".yaml", ".py") and path.is_file():
            digest.update(f"{path.relative_to(sources)}\0".encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


def read(sources: Path) -> dict | None:
    """The joined contract of these sources; None when it is not in the cache."""
    if _cache_folder is None:
        return None
    with suppress(OSError, ValueError):
        return orjson.loads(_path(_cache_folder, sources).read_bytes())
    return None


def write(sources: Path, document: dict) -> None:
    """Put the joined contract into the cache in place of that of other sources.  A folder that cannot be written is no fault."""
    if _cache_folder is None:
        return
    path = _path(_cache_folder, sources)
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        for other in path.parent.glob("contract-*.json"):
            other.unlink(missing_ok=True)
        draft = path.with_suffix(f".{os.getpid()}")
        draft.write_bytes(orjson.dumps(document))
        draft.replace(path)


def _path(folder: Path, sources: Path) -> Path:
    return folder / f"contract-{source_digest(sources)}.json"
