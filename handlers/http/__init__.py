"""How a request is answered: the edge, the compiled contract on Connexion's extension points, and the frame."""

import sys
from types import ModuleType

# Connexion imports Starlette's test client, a third of its own start, and a warning about a library of tests.  It is not
# used here: an empty stand-in is there while Connexion is imported, and gone afterwards.
_NAME = "starlette.testclient"
if _NAME not in sys.modules:
    sys.modules[_NAME] = ModuleType(_NAME)
    sys.modules[_NAME].TestClient = object  # type: ignore[attr-defined]
    import connexion  # noqa: F401

    del sys.modules[_NAME]
