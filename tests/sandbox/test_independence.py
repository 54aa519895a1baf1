"""The sandbox is a second reading of the contracts: it shares nothing with the first."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import providers.sandbox

FILES = sorted(Path(providers.sandbox.__file__).parent.glob("*.py"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_it_imports_the_standard_library_and_itself_alone(file: Path) -> None:
    for name in _imported(file):
        assert name.partition(".")[0] in sys.stdlib_module_names or name.startswith("providers.sandbox"), name


@pytest.mark.parametrize("provider", ["timepay", "finosu", "caibo", "flowwise", "sqril"])
def test_its_providers_do_not_know_each_other(provider: str) -> None:
    others = {"timepay", "finosu", "caibo", "flowwise", "sqril"} - {provider}
    file = Path(providers.sandbox.__file__).with_name(f"{provider}.py")
    assert not {f"providers.sandbox.{other}" for other in others} & set(_imported(file))


def _imported(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""
