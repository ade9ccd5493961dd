"""Express with TypeORM as a contender: one process of Node.  Its packages are installed when it is first measured."""

import pathlib

from contract_tests.bench import host, machine

FOLDER = pathlib.Path(__file__).parent / "servers" / "express"
PROGRAM = str(FOLDER / "app.js")


class Server(host.Server):
    """A running Node program, pinned to the server's core."""

    def __init__(self, program: str, **settings: str):
        # Imported here: only commands can import it, and the processes that they start import this module.
        from scripts import environment

        environment.ensure_node(str(FOLDER), "Installing Express and TypeORM")
        with machine.on(machine.SERVER_CORE):
            super().__init__(
                program, **{**environment.node_variables(), **settings, "NODE_ENV": "production"}
            )

    def command(self) -> list[str]:
        return ["node", self.factory]
