"""A web server of Mallory, from which the authorisation server fetches the metadata documents of clients.

It listens on the loopback interface. To the code that is tested, its name resolves to a public address.
"""

import datetime as dt
import json
import socket
import ssl
import threading
from contextlib import contextmanager, suppress

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from accounts.tests.programs import hrefs_of

HOST = "app.example"
PUBLIC_ADDRESS = "93.184.215.14"
CLIENT_ID = f"https://{HOST}/client.json"
DOCUMENT = {"client_id": CLIENT_ID, "client_name": "Notebook", "redirect_uris": [f"https://{HOST}/callback"]}


def is_unknown(page):
    """Return whether the page refuses the program, not because of too many requests, and leads nowhere."""
    return is_refused(page) and b"Too many requests" not in page.content


def is_refused(page):
    return page.status_code == 400 and b"<form" not in page.content and hrefs_of(page) == []


def http_response(body, content_type="application/json", status="200 OK", headers=""):
    encoded = body if isinstance(body, bytes) else json.dumps(body).encode()
    head = f"HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\nContent-Length: {len(encoded)}\r\n{headers}\r\n"
    return head.encode() + encoded


class DocumentServer:
    """`parts` are sent as the response, with a pause of `pause` seconds after each."""

    def __init__(self, directory):
        self.parts = [http_response(DOCUMENT)]
        self.pause = 0.0
        self.requests = []
        self.certificate = directory / "certificate.pem"
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.present_certificate(HOST)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = self.listener.getsockname()
        self.is_closing = threading.Event()

    def present_certificate(self, host):
        self.certificate.write_bytes(make_certificate(host))
        self.context.load_cert_chain(self.certificate)

    def connect(self, address, timeout):
        """Connect to this server instead of the address."""
        connection = socket.socket()
        connection.settimeout(timeout)
        connection.connect(self.address)
        return connection

    def serve(self):
        with suppress(OSError):
            while True:
                self.respond(self.listener.accept()[0])

    def respond(self, raw):
        with raw, suppress(OSError), self.context.wrap_socket(raw, server_side=True) as connection:
            self.requests.append(connection.recv(65536).decode())
            for part in self.parts:
                connection.sendall(part)
                if self.is_closing.wait(self.pause):
                    break

    def close(self):
        self.is_closing.set()
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()


@contextmanager
def serving_documents(directory):
    server = DocumentServer(directory)
    thread = threading.Thread(target=server.serve)
    thread.start()
    try:
        yield server
    finally:
        server.close()
        thread.join()


def make_certificate(host):
    """Return a certificate for the host, signed by itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return certificate.public_bytes(serialization.Encoding.PEM) + private
