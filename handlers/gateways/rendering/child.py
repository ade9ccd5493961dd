"""What renders, run as a program of its own: JSON on standard input, the file on standard output.

It imports nothing of ours, and its limits hold before it imports a library or reads its input.
"""

import json
import os
import resource
import sys
import unicodedata
from pathlib import Path
from typing import Any

TEMPLATE = Path(__file__).with_name("document.typ")
FAILED, TOO_LARGE = 3, 4
# What the messages of the library contain.
UNSHOWN, UNDECODED = "could not be displayed with font", "failed to decode image"


def main() -> int:
    data = json.loads(sys.stdin.buffer.read())
    _limit(data["cpu_seconds"], data["memory_bytes"])
    try:
        content = _rendered(data)
    except (MemoryError, OSError):
        return TOO_LARGE
    except Exception as error:  # whatever a library says of its input
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return FAILED
    sys.stdout.buffer.write(content)
    return 0


def _limit(cpu_seconds: int, memory_bytes: int) -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds))
    resource.setrlimit(resource.RLIMIT_DATA, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _rendered(data: dict[str, Any]) -> bytes:
    import manimgx_fonts

    folders = [os.path.dirname(manimgx_fonts.__file__), *data.get("font_folders", [])]
    charts = [_chart(chart, data["kind"], folders, data.get("scale", 1)) for chart in data.get("charts", [])]
    return charts[0] if data["kind"] != "pdf" else _pdf(data, charts, folders)


def _chart(chart: dict[str, Any], kind: str, folders: list[str], scale: float) -> bytes:
    import vl_convert

    for folder in folders:
        vl_convert.register_font_directory(folder)
    options = {
        "vl_version": chart["version"],
        "allowed_base_urls": [],
        "format_locale": chart["locale"],
        "time_format_locale": chart["locale"],
    }
    if kind == "png":
        return vl_convert.vegalite_to_png(chart["spec"], scale=scale, **options)
    return vl_convert.vegalite_to_svg(chart["spec"], **options).encode()


def _pdf(data: dict[str, Any], charts: list[bytes], folders: list[str]) -> bytes:
    """The document, whatever its characters and its logo.

    Text that no font can show would be lost, even to who copies it: it is written as code points.  A logo that cannot be
    decoded is left out.  What PDF/UA forbids all the same (a mark that no font has for its letter) costs the standard.
    """
    import typst

    content = {"document": data["document"], "logo": data["logo"], "charts": [svg.decode() for svg in charts]}
    standards: list[Any] = ["ua-1"]
    for _ in range(3):
        try:
            return _compiled(content, data["timestamp"], folders, standards)
        except typst.TypstError as error:
            if UNDECODED in error.message and content["logo"]:
                content["logo"] = None
            elif UNSHOWN in error.message and content["document"] is data["document"]:
                content["document"] = _as_code_points(data["document"], _characters(folders))
            elif standards and "PDF/UA" in error.message:
                standards = []
            else:
                raise
    return _compiled(content, data["timestamp"], folders, standards)


def _compiled(content: dict[str, Any], timestamp: int, folders: list[Any], standards: list[Any]) -> bytes:
    import typst

    source: Any = TEMPLATE.read_bytes()
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=folders)
    return typst.compile(
        source,
        root=os.getcwd(),
        package_path=os.getcwd(),
        package_cache_path=os.getcwd(),
        font_paths=fonts,
        ignore_system_fonts=True,
        sys_inputs={"data": json.dumps(content)},
        pdf_standards=standards,
        timestamp=timestamp,
    )


def _characters(folders: list[str]) -> set[int]:
    """The code points that the fonts have."""
    from fontTools.ttLib import TTCollection, TTFont

    characters: set[int] = set()
    for folder in folders:
        for path in Path(folder).rglob("*.[to]t[fc]"):
            fonts = TTCollection(path).fonts if path.suffix == ".ttc" else [TTFont(path, lazy=True)]
            for font in fonts:
                characters |= font.getBestCmap().keys()
    return characters


def _as_code_points(value: Any, characters: set[int]) -> Any:
    """The value with ``[U+…]`` for each character of its texts that no font has."""
    if isinstance(value, str):
        return "".join(
            character if ord(character) in characters else _replacement(character) for character in value
        )
    if isinstance(value, list):
        return [_as_code_points(part, characters) for part in value]
    if isinstance(value, dict):
        return {name: _as_code_points(part, characters) for name, part in value.items()}
    return value


def _replacement(character: str) -> str:
    """What is written for a character that no font has: nothing for one that is never seen."""
    if character.isspace():
        return character if character in "\n\t" else " "
    return "" if unicodedata.category(character) == "Cf" else f"[U+{ord(character):04X}]"


if __name__ == "__main__":
    sys.exit(main())
