"""What can be given as the place of a scan: a kind of cluster to start here, or the address of one."""

from importlib.util import find_spec
from urllib.parse import urlsplit

from inspector.errors import SettingsError
from inspector.extras import install_command
from inspector.formatting import readable

KINDS = ("dask", "ray")
_SCHEMES = {"tcp": "dask", "tls": "dask", "ray": "ray"}
_PACKAGES = {"dask": "distributed", "ray": "ray"}
_FORMS = 'dask or ray, or an address such as "tcp://host:8786" or "ray://host:10001"'


def check_cluster(on: str) -> None:
    """
    Raises:
        SettingsError: where it is no such place, or what it needs is not installed; says what to do.
    """
    kind = on if on in KINDS else _kind_of_address(on)
    if find_spec(_PACKAGES[kind]) is None:
        raise SettingsError(f"{readable(on)} needs an extra: run `{install_command(kind)}`")


def _kind_of_address(on: str) -> str:
    try:
        parts = urlsplit(on)
        complete = parts.scheme in _SCHEMES and bool(parts.hostname) and parts.port is not None
    except ValueError:  # a port that is no number
        complete = False
    if not complete:
        raise SettingsError(f"{readable(on) or chr(39) * 2} is no cluster: give {_FORMS}")
    return _SCHEMES[parts.scheme]
