"""openapi-generator for Rust, compiled where there is a ``rustc``, with the crates that it uses by their types."""

import shutil
from pathlib import Path

from contract_tests.contract import tools
from contract_tests.contract.generators.declared import Complaint, Generator, Lacking, NotHere
from contract_tests.contract.generators.openapi_generator import MUTUAL_TLS, generated, version

CRATES = Path(__file__).parent / "stubs" / "rust"
# Each after those that it uses.
NAMES = ("serde", "serde_repr", "url", "serde_json", "chrono", "uuid", "reqwest")
DERIVES = ("--extern", "serde_derive=libserde_derive.so")


def compile_rust(folder):
    if not shutil.which("rustc"):
        raise NotHere("rustc")
    built = folder / "built"
    built.mkdir()
    macros = ("--crate-type", "proc-macro", "--extern", "proc_macro", "--crate-name", "serde_derive")
    rustc(built, *macros, CRATES / "serde_derive.rs")
    uses = [*DERIVES]
    for name in NAMES:
        rustc(built, "--crate-type", "lib", "--crate-name", name, *uses, CRATES / f"{name}.rs")
        uses += ["--extern", f"{name}=lib{name}.rlib"]
    client = ("--crate-type", "lib", "--emit", "metadata", "--crate-name", "openapi")
    rustc(built, *client, *uses, folder / "src" / "lib.rs")


def rustc(folder, *arguments):
    options = ("--edition", "2021", "--cap-lints", "warn", "-L", ".", "--out-dir", ".")
    ended = tools.run("rustc", *options, *arguments, cwd=folder)
    assert ended.returncode == 0, tools.output(ended)


GENERATORS = (
    Generator(
        "openapi-generator rust",
        version,
        generated("rust"),
        compile_rust,
        Lacking("no story: the crates that it uses are not in the package registries"),
        "rustc, its crates by their types",
        complaints=(
            *MUTUAL_TLS,
            Complaint(
                r"AbstractRustCodegen - .+ (renamed|cannot be used)",
                "it names things in Rust's way, and says so",
            ),
        ),
    ),
)
