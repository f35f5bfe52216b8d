import http.client
import time


class Listener:
    """One open event stream."""

    def __init__(self, server, token, method="GET", **headers):
        self.connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        fields = {name.replace("_", "-"): value for name, value in headers.items()}
        self.connection.request(method, "/changes/stream", headers={"Authorization": f"Bearer {token}", **fields})
        self.response = self.connection.getresponse()
        self.status = self.response.status

    def lines(self, seconds=60):
        """What comes until the stream ends; a stream that only goes on beating must not hold a test for ever."""
        end = time.monotonic() + seconds
        while line := self.response.readline():
            yield line
            assert time.monotonic() < end, "it did not come in time"

    def event(self):
        """The id of the next event; None at the end of the stream."""
        return next((line[4:].decode().strip() for line in self.lines() if line.startswith(b"id: ")), None)

    def rest(self):
        """Whatever else comes, until the server ends the stream."""
        return list(self.lines())

    def close(self):
        self.response.close()
        self.connection.close()

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()
