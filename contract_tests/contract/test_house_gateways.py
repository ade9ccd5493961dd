"""Gateways: only their base connects to other machines, so that what it promises holds for each of them."""

import ast

import pytest

from contract_tests.contract.house import PRODUCT, files, module_of

BASE = "handlers.gateways.external"
# Modules that connect, or that make those who do.
CONNECTING = {
    *(
        "aiohttp",
        "asyncio.open_connection",
        "ftplib",
        "http.client",
        "httpcore",
        "httpx",
        "imaplib",
        "poplib",
    ),
    *(
        "requests",
        "smtplib",
        "socket",
        "ssl",
        "telnetlib",
        "urllib.request",
        "urllib3",
        "websockets",
        "xmlrpc",
    ),
}
HARMLESS = {"urllib.parse"}  # reads and writes addresses


def connecting_imports(module, source):
    """``(module, imported)`` of what connects, wherever in the source it is imported."""
    if module == BASE or module.startswith(f"{BASE}."):
        return
    for node in ast.walk(ast.parse(source)):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith(("import_module", "__import__")):
            names = [argument.value for argument in node.args if isinstance(argument, ast.Constant)]
        for name in map(str, names):
            parts = name.split(".")
            prefixes = {".".join(parts[: length + 1]) for length in range(len(parts))}
            if (prefixes & CONNECTING or name == "urllib") and not prefixes & HARMLESS:
                yield module, name


def test_only_the_base_of_the_gateways_connects():
    """Not only of the gateways: nothing else of the product connects to anything but the database."""
    sources = {module_of(name): path.read_text("utf-8") for name, path in files(".py", below=PRODUCT)}
    wrong = [
        f"{module} imports {imported}: call the service through {BASE}."
        for module, source in sources.items()
        for module, imported in connecting_imports(module, source)
    ]
    assert not wrong, "\n" + "\n".join(wrong)


@pytest.mark.parametrize(
    "source",
    [
        "import httpx",
        "import requests as http",
        "import smtplib",
        "from smtplib import SMTP",
        "import socket",
        "def f():\n    from socket import create_connection",
        "import urllib",
        "import urllib.request",
        "from urllib import request",
        "from urllib.request import urlopen",
        "from http.client import HTTPSConnection",
        "import httpcore",
        "import importlib\nimportlib.import_module('socket')",
    ],
)
def test_a_gateway_that_connects_by_itself_is_found(source):
    assert list(connecting_imports("handlers.gateways.calendar", source))
    assert not list(connecting_imports(f"{BASE}.sockets", source))


@pytest.mark.parametrize(
    "source", ["from urllib.parse import urlsplit", "from http import HTTPStatus", "import json"]
)
def test_what_does_not_connect_is_fine(source):
    assert not list(connecting_imports("handlers.gateways.calendar", source))
