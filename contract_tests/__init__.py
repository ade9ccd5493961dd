"""Proof: that the contract is valid, that the server keeps it, and that the tests could fail."""

import sys
from pkgutil import iter_modules

if "pytest" in sys.modules:  # and not in a server that is measured
    # Assertions of helpers show the values that they compare, as those of tests do.
    sys.modules["pytest"].register_assert_rewrite(
        *(f"{__name__}.{module.name}" for module in iter_modules(__path__))
    )
