"""The client's side of TLS: whom to trust, and a certificate of our own (edge).

Does not: talk. Client keys touch the disk only for as long as OpenSSL needs to read them, in a
private directory, because Python's ssl takes them from files only.
"""

import ssl
import tempfile
from pathlib import Path

from seatrial.kit.errors import UsageError
from seatrial.kit.files import write_atomic


def client_context(
    *, ca_pem: bytes = b"", certificate_pem: bytes = b"", key_pem: bytes = b"",
    verify: bool = True,
) -> ssl.SSLContext:  # fmt: skip
    """A context that trusts `ca_pem` (nothing: the system's authorities) and shows our certificate.

    Raises UsageError when one of them is not PEM or they do not fit together.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    elif ca_pem:
        _trust(context, ca_pem)
    else:
        context.load_default_certs()
    if certificate_pem:
        _present(context, certificate_pem, key_pem)
    return context


def _trust(context: ssl.SSLContext, ca_pem: bytes) -> None:
    try:
        context.load_verify_locations(cadata=ca_pem.decode("ascii"))
    except (ssl.SSLError, UnicodeDecodeError) as error:
        raise UsageError("the certificate authority is not a PEM certificate") from error


def _present(context: ssl.SSLContext, certificate_pem: bytes, key_pem: bytes) -> None:
    with tempfile.TemporaryDirectory(prefix="seatrial-tls-") as directory:
        pair = Path(directory, "pair.pem")
        write_atomic(pair, certificate_pem + b"\n" + key_pem)
        try:
            context.load_cert_chain(pair)
        except ssl.SSLError as error:
            raise UsageError("the client certificate and key do not fit together") from error
