"""What went wrong with a request, as a sample's problem: what happened, and what to check."""

from inspector.formats.problems import BadFile, ProblemKind
from inspector.sources.remote.store import FaultKind, StoreFault

_CHECKS = {
    "s3": "check AWS_PROFILE or the keys in the environment, and the bucket's policy; a public bucket needs "
    "AWS_SKIP_SIGNATURE=true",
    "gs": "check GOOGLE_APPLICATION_CREDENTIALS, or run `gcloud auth application-default login`",
    "az": "check AZURE_STORAGE_ACCOUNT_NAME and the account's key or token in the environment",
    "hf": "check HF_TOKEN, or run `hf auth login`",
    "sftp": "check the user's name and key",
}
_CHECK_WEB = "check the name and password, or the token, in the URL"


def bad_file(fault: StoreFault, scheme: str) -> BadFile:
    """A fault as a problem of what was read."""
    said = f" ({fault.said})" if fault.said else ""
    match fault.kind:
        case FaultKind.GONE:
            return BadFile(ProblemKind.VANISHED, f"It is not there, or no longer{said}.")
        case FaultKind.REPLACED:
            return BadFile(ProblemKind.VANISHED, "It was replaced since it was found: open the source again.")
        case FaultKind.PAST_END:
            return BadFile(ProblemKind.TRUNCATED, "It ends before the sample: it is cut, or was replaced.")
        case FaultKind.REFUSED:
            reason = f"The store refused to let it be read{said}: {_CHECKS.get(scheme, _CHECK_WEB)}."
        case FaultKind.EXPIRED:
            reason = f"The credentials have expired{said}: sign in again."
        case FaultKind.THROTTLED:
            reason = f"The store kept asking for fewer requests{said}: read fewer at a time, or wait."
        case FaultKind.AWAY:
            reason = f"The store could not be reached{said}: check the network and the address."
        case FaultKind.BROKEN_OFF:
            reason = f"The connection broke off before all of it had come{said}: check the network and the server."
        case FaultKind.FAILED:
            reason = f"The store failed each time that it was asked{said}: wait, or ask those who run it."
        case FaultKind.NO_LENGTH:
            reason = "The server does not say how long it is: download it, or use a server that sends Content-Length."
        case FaultKind.COMPRESSED:
            reason = (
                f"The server sends it compressed{said}, so that no part of it can be found: have it sent without "
                "Content-Encoding, or download it."
            )
        case FaultKind.UNTRUSTED if scheme == "sftp":
            reason = (
                "The server's key is not the one in ~/.ssh/known_hosts, or there is none: check it, and connect once "
                "with ssh."
            )
        case FaultKind.UNTRUSTED:
            reason = (
                "The server's certificate is not trusted here: check the address, or set SSL_CERT_FILE to a file with "
                "the certificates that you trust."
            )
        case FaultKind.NO_RANGES:
            reason = "The server cannot send a part of a file: download it, or use a server that can."
        case FaultKind.OTHER:
            reason = f"The store did not send it{said}."
    return BadFile(ProblemKind.UNREADABLE, reason)
