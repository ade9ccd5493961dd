"""How a request is answered: the edge, the compiled contract on Connexion's extension points, and the frame."""

import sys
from types import ModuleType
from typing import Any

# Connexion imports Starlette's test client, httpx and requests, with half of its own start, for what is not used here: a client
# of the tests, asking another server about a token, and schemas at other addresses.  Structlog imports rich, for tracebacks on a
# terminal.  Empty stand-ins are there while they are imported, and gone afterwards.
_UNUSED: dict[str, str | None] = {
    "starlette.testclient": "TestClient",
    "httpx": "AsyncClient",
    "requests": "get",
    "rich": None,
}
_stand_ins: dict[str, Any] = {}
for _name, _member in _UNUSED.items():
    if _name not in sys.modules:
        _stand_ins[_name] = ModuleType(_name) if _member else None
        if _member:
            setattr(_stand_ins[_name], _member, object)
sys.modules.update(_stand_ins)
import connexion  # noqa: E402, F401
import structlog  # noqa: E402, F401

for _name in _stand_ins:
    del sys.modules[_name]
