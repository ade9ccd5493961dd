"""The portal: a page that shows the contract and tries it, made of files of a Python package and of two of our own."""

import importlib.util
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent / "portal_files"
MEDIA_TYPES = {".js": "text/javascript", ".css": "text/css"}
PAGE = (FOLDER / "index.html").read_text("utf-8")


@cache
def asset(name: str) -> tuple[bytes, str]:
    """``(bytes, media type)`` of a file of the portal."""
    path = _scalar() if name == "scalar.js" else FOLDER / name
    return path.read_bytes(), MEDIA_TYPES[path.suffix]


def _scalar() -> Path:
    """The reference component, out of the package that carries it; nothing of the package is imported."""
    package = importlib.util.find_spec("flask_openapi3_scalar")
    if package is None or not package.submodule_search_locations:
        raise FileNotFoundError(
            "The package flask-openapi3-scalar of scripts/lock/assets.txt is not installed."
        )
    return Path(package.submodule_search_locations[0]) / "templates/scalar/js/scalar.standalone.js"
