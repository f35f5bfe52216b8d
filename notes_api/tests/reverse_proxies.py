"""nginx, Caddy and Apache with the configurations in `deploy/`, on other ports and with a certificate of their own."""

import datetime as dt
import os
import shutil
import signal
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from notes_api.settings import BASE_DIR
from notes_api.tests import processes
from notes_api.tests.edge.server import eventually, free_port

HOSTS = ("notes.example.org", "example.org")
# The settings that the configurations ask for, by the port that they forward to.
SETTINGS = {8000: "https://notes.example.org", 8001: "https://example.org/cloud"}
# Clients connect from here, because 127.0.0.1 is the address of the proxy.
CLIENT = "127.0.0.2"
MODULES = "mpm_event authz_core alias headers macro proxy proxy_http ssl"


class Site:
    """A proxy that runs."""

    def __init__(self, http, https):
        self.ports = {"http": http, "https": https}

    @contextmanager
    def client(self, scheme="https", host="notes.example.org"):
        """Yield a client that connects to the proxy for this host."""
        transport = httpx.HTTPTransport(verify=False, local_address=CLIENT)
        url = f"{scheme}://127.0.0.1:{self.ports[scheme]}"
        with httpx.Client(base_url=url, transport=transport, timeout=60, headers={"Host": host}) as client:
            client.event_hooks["request"].append(
                lambda request: request.extensions.update(sni_hostname=host) if scheme == "https" else None
            )
            yield client

    def is_up(self):
        with suppress(httpx.TransportError), self.client() as client:
            return client.get("/livez").status_code == 200
        return False


def nginx(directory, site, configuration):
    paths = "".join(
        f"{name}_temp_path {directory}/{name};\n" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    user = "user root root;" if os.getuid() == 0 else ""
    main = (
        f"{user} pid {directory}/pid; daemon off; error_log stderr; worker_processes 1; events {{}}\n"
        f"http {{ access_log off;\n{paths}{configuration} }}"
    )
    main = main.replace("listen 80;", f"listen 127.0.0.1:{site.ports['http']};")
    main = main.replace("listen 443 ssl;", f"listen 127.0.0.1:{site.ports['https']} ssl;")
    (directory / "main.conf").write_text(main)
    return ["nginx", "-p", str(directory), "-c", f"{directory}/main.conf"]


def caddy(directory, site, configuration):
    options = f"admin off\nauto_https off\nhttp_port {site.ports['http']}\nhttps_port {site.ports['https']}\n"
    (directory / "Caddyfile").write_text(f"{{\n{options}default_bind 127.0.0.1\n}}\n{configuration}")
    return ["caddy", "run", "--config", f"{directory}/Caddyfile", "--adapter", "caddyfile"]


def apache2(directory, site, configuration):
    modules = "".join(f"LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so\n" for name in MODULES.split())
    user = "User www-data\nGroup www-data\n" if os.getuid() == 0 else ""
    listen = "".join(f"Listen 127.0.0.1:{port}\n" for port in site.ports.values())
    main = f"ServerRoot {directory}\nDefaultRuntimeDir {directory}\nPidFile pid\n"
    main += "ServerName localhost\nErrorLog /dev/stderr\n"
    for port, scheme in ((80, "http"), (443, "https")):
        configuration = configuration.replace(f"*:{port}>", f"*:{site.ports[scheme]}>")
    (directory / "main.conf").write_text(f"{modules}{user}{main}{listen}{configuration}")
    return ["apache2", "-X", "-f", f"{directory}/main.conf"]


PROXIES = {"nginx": ("nginx.conf", nginx), "caddy": ("Caddyfile", caddy), "apache2": ("apache.conf", apache2)}


def is_installed(name):
    return shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin") is not None


@contextmanager
def running(name, directory, servers):
    """Run a proxy in front of these servers, a dictionary by the ports in the configuration."""
    site = Site(free_port(), free_port())
    write_certificate(directory)
    file, prepare = PROXIES[name]
    text = (BASE_DIR / "deploy" / file).read_text()
    for port, server in servers.items():
        text = text.replace(f"127.0.0.1:{port}", f"127.0.0.1:{server.port}")
    for host in HOSTS:
        text = text.replace(f"/etc/ssl/{host}.", f"{directory}/site.")
    command = prepare(directory, site, text)
    environment = {"PATH": f"{os.environ['PATH']}:/usr/sbin", "HOME": str(directory), "XDG_DATA_HOME": str(directory)}
    log = directory / "log"
    with log.open("wb") as output:
        process = processes.start(command, env=environment, stderr=output)
        try:
            eventually(lambda: process.poll() is not None or site.is_up(), 60)
            assert process.poll() is None, log.read_text()
            yield site
        finally:
            # With SIGTERM, Apache would wait for its idle connections to the server.
            os.killpg(process.pid, signal.SIGKILL)
            processes.wait(process)


def write_certificate(directory: Path):
    key, now = ec.generate_private_key(ec.SECP256R1()), dt.datetime.now(dt.UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOSTS[0])])
    names = x509.SubjectAlternativeName([x509.DNSName(host) for host in HOSTS])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(now - dt.timedelta(days=1))
    certificate = builder.not_valid_after(now + dt.timedelta(days=1)).add_extension(names, critical=False)
    pem = serialization.Encoding.PEM
    (directory / "site.crt").write_bytes(certificate.sign(key, hashes.SHA256()).public_bytes(pem))
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (directory / "site.key").write_bytes(private)
