"""How a request is answered: the edge, the compiled contract on Connexion's extension points, and the frame."""

import sys
from types import ModuleType

# Connexion imports Starlette's test client and httpx, with half of its own start, for what is not used here: a client of
# the tests, and asking another server about a token.  Empty stand-ins are there while it is imported, and gone afterwards.
_UNUSED = {"starlette.testclient": "TestClient", "httpx": "AsyncClient"}
_stand_ins = {name: ModuleType(name) for name in _UNUSED if name not in sys.modules}
for _name, _module in _stand_ins.items():
    setattr(_module, _UNUSED[_name], object)
sys.modules.update(_stand_ins)
import connexion  # noqa: E402, F401

for _name in _stand_ins:
    del sys.modules[_name]
