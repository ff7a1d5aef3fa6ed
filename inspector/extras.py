"""What to install for what is not in the core."""

DISTRIBUTION = "inspector"  # its name at the package index


def install_command(extra: str, *others: str) -> str:
    """For a shell. `others`: packages that are needed beside it."""
    return " ".join(("pip install", f"'{DISTRIBUTION}[{extra}]'", *others))
