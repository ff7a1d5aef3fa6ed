"""What is said where an extra is not installed."""

import sys

import pytest

from inspector.errors import SourceError
from inspector.sources.remote.opening import open_remote_blob


@pytest.mark.parametrize(
    ("url", "missing", "command"),
    [
        ("s3://bucket/a.tar", "obstore", "pip install 'loader-inspector[remote]'"),
        ("https://user:hunter2@host/a.tar", "obstore", "pip install 'loader-inspector[remote]'"),
        ("hf://datasets/a/b/c.tar", "fsspec", "pip install 'loader-inspector[remote]' huggingface_hub"),
        ("sftp://user:hunter2@host/a.tar", "paramiko", "pip install 'loader-inspector[remote]' paramiko"),
    ],
)
def test_without_its_extra_a_url_is_refused_with_the_command(
    url: str, missing: str, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(SourceError) as caught:
        open_remote_blob(url)
    assert command in str(caught.value)
    assert "hunter2" not in str(caught.value)
