"""The page on security: every sentence has a test or a reason, and nothing is sent over a network."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator

from tests.conftest import ROOT

PAGE = ROOT / "assets" / "docs" / "security.md"
NETWORK = re.compile(
    r"http|urllib\.(request|error)|requests|ftplib|smtplib|telnetlib|xmlrpc|asyncio|ssl|aiohttp|.*QtNetwork"
    r"|(obstore|fsspec|boto3|botocore|s3fs|paramiko|huggingface_hub)(\..*)?"
)
READS_URLS = {
    ("obstore_store.py", "obstore"),
    ("obstore_store.py", "urllib"),
    ("fsspec_store.py", "fsspec"),
    ("fsspec_store.py", "huggingface_hub"),
    ("sftp_store.py", "paramiko"),
}


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


def test_nothing_that_speaks_to_a_network_is_imported_but_for_sources_that_are_urls() -> None:
    found = {(file, module.partition(".")[0]) for file, module in imported() if NETWORK.fullmatch(module)}
    assert found <= READS_URLS
    for file, _ in READS_URLS:
        assert (ROOT / "inspector" / "sources" / "remote" / file).is_file()


def test_what_reads_urls_is_not_imported_before_there_is_one() -> None:
    program = (
        "import sys, inspector, inspector.cli, inspector.sources.remote.objects, inspector.sources.remote.remote_blob;"
        "print([name for name in ('obstore', 'fsspec') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT)
    assert (done.stdout.strip(), done.stderr) == ("[]", "")


def test_sockets_are_within_this_machine() -> None:
    """Pairs of them, and the one that asks whether an X server is there."""
    families = set()
    for file in (ROOT / "inspector").rglob("*.py"):
        text = file.read_text("utf-8")
        families |= set(re.findall(r"socket\.(AF_\w+)", text))
        assert "create_connection" not in text, file
    assert families <= {"AF_UNIX"}
