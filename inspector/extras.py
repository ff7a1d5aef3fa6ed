"""What to install for what is not in the core."""

DISTRIBUTION = "loader-inspector"  # at the package index, where `inspector` is another package


def install_command(extra: str, *others: str) -> str:
    """For a shell. `others`: packages that are needed beside it."""
    return " ".join(("pip install", f"'{DISTRIBUTION}[{extra}]'", *others))
