"""The page on security: every sentence has a test or a reason, and nothing is sent over a network."""

import ast
import re
from collections.abc import Iterator

from tests.conftest import ROOT

PAGE = ROOT / "assets" / "docs" / "security.md"
NETWORK = re.compile(
    r"http|urllib\.(request|error)|requests|ftplib|smtplib|telnetlib|xmlrpc|asyncio|ssl|aiohttp|.*QtNetwork"
)


def test_every_claim_names_its_test_or_its_reason() -> None:
    claims = [line for line in PAGE.read_text("utf-8").splitlines() if line.startswith("- ")]
    assert len(claims) > 15
    for claim in claims:
        assert re.search(r"\]\(\S+\.py\)\)\.?$|\([A-Z][^()]+\.\)$|see below\.$", claim), claim
        for shown, target in re.findall(r"\[(tests/[^]]+)\]\(([^)]+)\)", claim):
            assert (PAGE.parent / target).resolve() == ROOT / shown
            assert (ROOT / shown).is_file(), shown


def imported() -> Iterator[tuple[str, str]]:
    """(file, module) of every import in the package."""
    for file in (ROOT / "inspector").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                yield from ((file.name, each.name) for each in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module:
                yield file.name, node.module
                yield from ((file.name, f"{node.module}.{each.name}") for each in node.names)


def test_nothing_that_speaks_to_a_network_is_imported() -> None:
    assert [(file, module) for file, module in imported() if NETWORK.fullmatch(module)] == []


def test_sockets_are_within_this_machine() -> None:
    """Pairs of them, and the one that asks whether an X server is there."""
    families = set()
    for file in (ROOT / "inspector").rglob("*.py"):
        text = file.read_text("utf-8")
        families |= set(re.findall(r"socket\.(AF_\w+)", text))
        assert "create_connection" not in text, file
    assert families <= {"AF_UNIX"}
