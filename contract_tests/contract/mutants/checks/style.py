"""The rules of style as checks: a rule fails by its complaints, each of which begins with the place that it is about."""

from functools import cache

from contract_tests.contract.mutants.scenes import StyleScene
from contract_tests.contract.reading import RULES


class StyleCheck:
    """The contract of the scene keeps a rule."""

    scene = StyleScene

    def __init__(self, rule: str) -> None:
        self.__name__ = rule

    def __call__(self, scene: StyleScene) -> None:
        complaints = list(RULES[self.__name__](scene.reading))
        assert not complaints, "\n".join(complaints)


@cache
def keeps(rule: str) -> StyleCheck:
    """The check of a rule, by its name; the same for equal names."""
    return StyleCheck(rule)
