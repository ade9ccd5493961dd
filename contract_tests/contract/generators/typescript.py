"""Generators of TypeScript: their clients and stories are compiled under strict settings, and run with Node."""

import shutil
from pathlib import Path

from contract_tests.contract import tools
from contract_tests.contract.generators import packages
from contract_tests.contract.generators.declared import Generator, Lacking
from contract_tests.contract.generators.openapi_generator import MUTUAL_TLS, generated, version

STORIES = Path(__file__).parent / "stories"
STRICT = (
    *("--strict", "--skipLibCheck", "--target", "es2022", "--lib", "es2022,dom,dom.iterable"),
    *("--types", "node", "--typeRoots", tools.FOLDER / "node_modules" / "@types"),
)
NODE = ("--module", "nodenext", "--moduleResolution", "nodenext")
BUNDLER = ("--module", "esnext", "--moduleResolution", "bundler", "--allowImportingTsExtensions")
OTHERS_TELL = Lacking("told by the other clients in TypeScript")
COMPILER = "tsc --strict"


def succeeded(ended):
    assert ended.returncode == 0, tools.output(ended)
    return ended.stdout


def compiled_with_story(name, modules=packages.ready):
    def compile_it(folder):
        """The client and its story as JavaScript in the folder ``built``."""
        at_home(folder, modules())
        shutil.copy(STORIES / f"{name}.ts", folder / "story.ts")
        shutil.copy(STORIES / "telling.ts", folder)
        succeeded(
            tools.node("tsc", *STRICT, *NODE, "--rootDir", ".", "--outDir", "built", "story.ts", cwd=folder)
        )

    return compile_it


def compiled_alone(*options):
    def compile_it(folder):
        at_home(folder, packages.ready())
        command = ("tsc", "--noEmit", *STRICT, *(options or NODE), next(entries(folder)))
        succeeded(tools.node(*command, cwd=folder))

    return compile_it


def entries(folder):
    """The file of a client that names all others."""
    return (path for name in ("index.ts", "client.ts") if (path := folder / "client" / name).exists())


def at_home(folder, modules):
    """Give a client the packages that it imports."""
    (folder / "package.json").write_text('{"type": "commonjs"}', "utf-8")
    (folder / "node_modules").unlink(missing_ok=True)
    (folder / "node_modules").symlink_to(modules)


def run_story(folder, *arguments):
    return succeeded(tools.node_program("built/story.js", *arguments, cwd=folder))


def openapi_typescript(path, folder):
    (folder / "client").mkdir(parents=True)
    return tools.output(
        checked(tools.node("openapi-typescript", path, "-o", folder / "client" / "schema.d.ts"))
    )


def checked(ended):
    succeeded(ended)
    return ended


def by_command(tool, *options):
    """A generator of one command, with ``{document}`` and ``{client}`` in its options."""

    def generate(path, folder):
        (folder / "client").mkdir(parents=True, exist_ok=True)
        filled = [option.format(document=path, client=folder / "client") for option in options]
        return tools.output(checked(packages.node(tool, *filled, cwd=folder)))

    return generate


def by_configuration(tool, name, *options):
    """A generator that is told what to do by a file of JavaScript, written from the one of its name beside this module."""

    def generate(path, folder):
        folder.mkdir(parents=True, exist_ok=True)
        at_home(folder, packages.ready())
        text = (Path(__file__).parent / "configurations" / name).read_text("utf-8")
        (folder / name).write_text(text.replace("DOCUMENT", str(path)), "utf-8")
        return tools.output(checked(packages.node(tool, *options, cwd=folder)))

    return generate


def of_openapi_generator(name):
    return Generator(
        f"openapi-generator {name}",
        version,
        generated(name, into="client"),
        compiled_with_story(name),
        run_story,
        COMPILER,
        complaints=MUTUAL_TLS,
    )


def node_version(package):
    return lambda: packages.node_version(package)


GENERATORS = (
    Generator(
        "openapi-typescript + openapi-fetch",
        lambda: packages.node_version("openapi-typescript", tools.FOLDER / "node_modules"),
        openapi_typescript,
        compiled_with_story("openapi-fetch", lambda: tools.FOLDER / "node_modules"),
        run_story,
        COMPILER,
    ),
    Generator(
        "@hey-api/openapi-ts",
        node_version("@hey-api/openapi-ts"),
        by_command("openapi-ts", "-i", "{document}", "-o", "{client}", "-c", "@hey-api/client-fetch"),
        compiled_with_story("hey-api"),
        run_story,
        COMPILER,
    ),
    Generator(
        "orval (fetch)",
        node_version("orval"),
        by_configuration("orval", "orval.config.mjs", "--config", "orval.config.mjs"),
        compiled_with_story("orval"),
        run_story,
        COMPILER,
    ),
    Generator(
        "openapi-zod-client",
        node_version("openapi-zod-client"),
        by_command("openapi-zod-client", "{document}", "-o", "{client}/client.ts"),
        compiled_alone(),
        OTHERS_TELL,
        COMPILER,
    ),
    Generator(
        "kubb",
        node_version("@kubb/core"),
        by_configuration("kubb", "kubb.config.mjs", "generate", "--config", "kubb.config.mjs"),
        compiled_alone(*BUNDLER),
        OTHERS_TELL,
        COMPILER,
    ),
    Generator(
        "swagger-typescript-api",
        node_version("swagger-typescript-api"),
        by_command(
            "swagger-typescript-api", *("generate", "-p", "{document}", "-o", "{client}", "-n", "client.ts")
        ),
        compiled_with_story("swagger-typescript-api"),
        run_story,
        COMPILER,
    ),
    of_openapi_generator("typescript-fetch"),
    of_openapi_generator("typescript-axios"),
)
