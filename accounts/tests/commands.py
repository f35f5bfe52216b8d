"""What a management command did."""


def log_lines(caplog):
    return [(record.levelname, record.getMessage()) for record in caplog.records]


def can_log_in(client, email, password):
    return client.post("/login", {"username": email, "password": password}).status_code == 200
