import http.client


class Listener:
    """One open event stream."""

    def __init__(self, server, token, method="GET", **headers):
        self.connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
        fields = {name.replace("_", "-"): value for name, value in headers.items()}
        self.connection.request(method, "/changes/stream", headers={"Authorization": f"Bearer {token}", **fields})
        self.response = self.connection.getresponse()
        self.status = self.response.status

    def event(self):
        """The id of the next event; None at the end of the stream."""
        while line := self.response.readline():
            if line.startswith(b"id: "):
                return line[4:].decode().strip()
        return None

    def rest(self):
        """Whatever else comes, until the server ends the stream."""
        return self.response.read()

    def close(self):
        self.response.close()
        self.connection.close()

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()
