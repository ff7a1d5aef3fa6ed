"""Where the files lie that belong to the program and are no code."""

from pathlib import Path


def assets_dir() -> Path:
    """Where icons and the sample data set lie: inside an installed package, or beside a checkout's."""
    package = Path(__file__).resolve().parent
    inside = package / "assets"
    return inside if inside.is_dir() else package.parent / "assets"
