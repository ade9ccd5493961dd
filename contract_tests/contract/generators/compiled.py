"""openapi-generator for Go, Ruby, PHP, and C#: compiled, loaded, or read by the grammar, as far as there are programs for it."""

import os
import shutil
import sys
from pathlib import Path

from contract_tests.contract import tools
from contract_tests.contract.generators import packages
from contract_tests.contract.generators.declared import Complaint, Generator, Lacking
from contract_tests.contract.generators.openapi_generator import MUTUAL_TLS, generated, version

HERE = Path(__file__).parent
# Compiled as it is, without a C compiler, another version, or anything fetched.
RESERVED = Complaint(
    r"include \(reserved word\) cannot be used as model name",
    "it has no model of that name: nothing is renamed",
)
GO = {
    "CGO_ENABLED": "0",
    "GOTOOLCHAIN": "local",
    "GOFLAGS": "-mod=mod",
    "GOPROXY": "off",
    "GOENV": "off",
    "GOTELEMETRY": "off",
}


def succeeded(ended):
    assert ended.returncode == 0, tools.output(ended)
    return ended.stdout


def compile_go(folder):
    # What a client uses of a module that would be fetched: it calls nothing of it.
    shutil.copytree(HERE / "stubs" / "oauth2", folder / "oauth2")
    with (folder / "go.mod").open("a", encoding="utf-8") as file:
        file.write("\nreplace golang.org/x/oauth2 => ./oauth2\n")
    (folder / "story").mkdir()
    shutil.copy(HERE / "stories" / "story.go", folder / "story" / "main.go")
    caches = {"GOCACHE": str(folder / "cache"), "GOPATH": str(folder / "path"), "HOME": str(folder)}
    go = Path(sys.executable).parent / "go"
    command = (go, "build", "-gcflags=all=-N -l", "-o", "told", "./story")
    succeeded(tools.run(*command, cwd=folder, env={**os.environ, **GO, **caches}))


def tell_go(folder, *arguments):
    return succeeded(tools.run(folder / "told", *arguments, cwd=folder))


def load_ruby(folder):
    succeeded(packages.program("ruby.mjs", folder / "lib", HERE / "stubs" / "ruby"))


def read_php(folder):
    succeeded(packages.program("php.mjs", folder / "lib"))


GENERATORS = (
    Generator(
        "openapi-generator go",
        version,
        generated("go"),
        compile_go,
        tell_go,
        "go build",
        complaints=MUTUAL_TLS,
    ),
    Generator(
        "openapi-generator ruby",
        version,
        generated("ruby"),
        load_ruby,
        Lacking("no story: the Ruby of the package registries has no network"),
        "ruby, all files loaded",
        complaints=MUTUAL_TLS,
    ),
    Generator(
        "openapi-generator php",
        version,
        generated("php"),
        read_php,
        Lacking("no story: Guzzle is not in the package registries"),
        "php-parser, by the grammar of PHP 8.3",
        complaints=(*MUTUAL_TLS, RESERVED),
    ),
    Generator(
        "openapi-generator csharp",
        version,
        generated("csharp"),
        Lacking("not compiled: no SDK of .NET in the package registries", program="dotnet"),
        Lacking("not compiled"),
        complaints=MUTUAL_TLS,
    ),
)
