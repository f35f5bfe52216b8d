"""Attacks with the addresses of client-id metadata documents: the server must reach nothing in its own network."""

from accounts.tests.documents_server import PUBLIC_ADDRESS, is_unknown

NOT_PUBLIC = b"The address of the program is not public."

PRIVATE_ADDRESSES = [
    "127.0.0.1",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",
    "224.0.0.1",
    "255.255.255.255",
    "::1",
    "::",
    "fd00::1",
    "fe80::1",
    "fe80::1%eth0",
    "ff02::1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "::127.0.0.1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::a00:1",
    "2002:a00:1::",
    "2001:0:a00:1::",
]


def test_ssrf_to_a_private_address_is_refused(documented, resolve, connections, subtests):
    for address in PRIVATE_ADDRESSES:
        with subtests.test(address=address):
            connections.clear()
            resolve(address)
            page = documented.open()

            assert (is_unknown(page), NOT_PUBLIC in page.content) == (True, True)
            assert connections == []


def test_ssrf_with_a_public_and_a_private_address_is_refused(documented, resolve, connections):
    resolve(PUBLIC_ADDRESS, "127.0.0.1")

    assert NOT_PUBLIC in documented.open().content
    assert connections == []


def test_ssrf_by_dns_rebinding_is_refused(documented, resolve, connections):
    """The name is resolved once; the connection goes to the address that was checked."""
    names = resolve(PUBLIC_ADDRESS)

    assert is_unknown(documented.open())
    assert (names, connections) == (["app.example"], [(PUBLIC_ADDRESS, 443)])


STRANGE_ADDRESSES = [
    "http://app.example/client.json",
    "HTTPS://app.example/client.json",
    "https://app.example",
    "https://app.example/",
    "https://app.example:22/client.json",
    "https://user@app.example/client.json",
    "https://user:password@app.example/client.json",
    "https://app.example/client.json#a",
    "https://app.example/../client.json",
    "https://app.example/./client.json",
    "https://app.example/client.json\r\nHost: internal",
    "https://app.example/client json",
    "https://127.0.0.1/client.json",
    "https://[::1]/client.json",
    "https://2130706433/client.json",
    "https://0x7f.1/client.json",
    "https://localhost/client.json",
    "file:///etc/passwd",
    "https://" + "a" * 600 + ".example/client.json",
]


def test_ssrf_with_a_strange_address_is_refused(documented, resolve, connections, subtests):
    resolve("127.0.0.1")

    for client_id in STRANGE_ADDRESSES:
        with subtests.test(client_id=client_id):
            connections.clear()

            assert is_unknown(documented.open(client_id=client_id))
            assert connections == []
