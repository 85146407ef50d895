"""TLS of a port: at least 1.2, with a certificate of ours and, if wanted, those of stations."""

from pathlib import Path
import ssl


class CertificateError(Exception):
    """A certificate, a key or a CA that cannot be read or do not belong together."""


class ServerTls:
    """The files of a port's TLS and what is made of them. What reads the files blocks."""

    def __init__(self, certificate: str, key: str | None, client_ca: str | None) -> None:
        self._certificate = certificate
        self._key = key
        self._client_ca = client_ca
        self._read: tuple[float, ...] = ()
        self.context: ssl.SSLContext | None = None

    def load(self) -> None:
        """Read the files; raises CertificateError."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        try:
            self._read = self._written()
            context.load_cert_chain(self._certificate, self._key)
            if self._client_ca is not None:
                context.load_verify_locations(self._client_ca)
                # Optional: stations with a password come by the same port.
                context.verify_mode = ssl.CERT_OPTIONAL
        except (OSError, ValueError) as error:
            raise CertificateError(str(error)) from error
        self.context = context

    def renew(self) -> None:
        """Show connections from now on the certificate that was written since; raises CertificateError."""
        try:
            written = self._written()
        except OSError:
            # Just being replaced, or gone: what was read is still good.
            return
        if self.context is None or written == self._read:
            return
        self._read = written
        try:
            self.context.load_cert_chain(self._certificate, self._key)
        except (OSError, ValueError) as error:
            raise CertificateError(str(error)) from error

    def _written(self) -> tuple[float, ...]:
        return tuple(Path(file).stat().st_mtime for file in (self._certificate, self._key) if file is not None)
