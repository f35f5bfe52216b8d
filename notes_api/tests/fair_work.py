"""Work of which a test decides when it ends."""

from notes_api.server.admission import Ticket


class Work(Ticket):
    """Work that a test starts and ends. It appends its name to the log when it starts."""

    def __init__(self, name, log, ends_at, may_wait=False):
        super().__init__(ends_at, may_wait=may_wait)
        self.start = lambda: log.append(name)
        self.refuse = lambda reason: log.append(f"{name} refused")
