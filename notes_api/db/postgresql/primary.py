"""Which of several hosts is the primary, as far as this process knows."""

Server = tuple[str, str]


class Primary:
    """The server of the newest connection.

    After a failover, connections to the former primary must not be used: frozen for a while, it comes back and responds
    with what it knew, until it notices that another one has taken over.
    """

    def __init__(self) -> None:
        self.server: Server | None = None

    def first(self, hosts: str, ports: str) -> Server:
        """Return the hosts and ports, with the server of the newest connection first."""
        names, numbers = hosts.split(","), ports.split(",")
        servers = list(zip(names, numbers if len(numbers) > 1 else numbers * len(names), strict=True))
        servers.sort(key=lambda server: server != self.server)
        return ",".join(name for name, _ in servers), ",".join(number for _, number in servers)


primary = Primary()
