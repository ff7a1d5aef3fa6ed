"""`inspector restore`: puts back what was moved aside, and says what could not be."""

from inspector import formatting as fmt
from inspector.quarantine import restore


def run_restore(manifest: str) -> int:
    """Restore and report; the exit status: 0 when every file is in the data set again, else 1.

    Raises:
        ManifestError: where the manifest cannot be used.
    """
    outcome = restore(manifest)
    for refusal in outcome.failed:
        print(f"{fmt.readable(refusal.path)}: {refusal.reason}")
    for count, what in (
        (len(outcome.moved), "put back"),
        (outcome.in_place, "in place already"),
        (len(outcome.failed), "not put back"),
        (outcome.left, "not reached; run the same command again"),
    ):
        if count:
            print(f"{fmt.plural(count, 'file')} {what}")
    return 1 if outcome.failed or outcome.left else 0
