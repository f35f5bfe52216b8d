"""What a request may cost."""

import math

from notes_api.tests.cost.account import ENDS_ACCESS

# CPU seconds of the server and its database.
CPU = 0.5
# CPU seconds of one bcrypt hash, which is slow by design; and how many hashes an operation computes.
HASH = 0.35
HASHES = {
    "registerUser": 1,
    "login": 1,
    "updateMe": 1,
    "enrolOtp": 1,
    "disableOtp": 1,
    "eraseMe": 1,
    "changePassword": 2,
    "confirmPasswordReset": 1,
    "createToken": 1,
}
# MiB of memory for each MiB of the body, which counts as one at least.
MEMORY = 64
# Bytes of an error's response, beyond three times the request. A response that contains what the account holds has no
# such bound: a note or a list (2xx), and the present note of a failed precondition (412).
RESPONSE = 64 * 1024
MIB = 1024 * 1024


def measured(account, meter, operation, hostile):
    """Send the request; return the response, its cost, and in what way that exceeds the bounds (or "")."""
    if operation.name in ENDS_ACCESS:
        account = account.guest
    if "{" in operation.path:
        # What the request needs is created outside the measurement.
        account.parameters(operation, operation.consumes and operation.reads_header(hostile.name))
    response, cost = meter.measure(lambda: account.send(operation, hostile))
    if operation.name in ENDS_ACCESS and response.status < 300:
        account.enter()
    return response, cost, excess(operation, hostile, response, cost)


def excess(operation, hostile, response, cost):
    found = []
    if cost.cpu > CPU + HASH * HASHES.get(operation.name, 0):
        found.append(f"{cost.cpu:.2f} s of CPU")
    if cost.memory > MEMORY * max(1, math.ceil(len(hostile.body) / MIB)):
        found.append(f"{cost.memory:.0f} MiB of memory")
    if response.status not in range(200, 300) and response.status != 412:
        if response.size > 3 * hostile.size + RESPONSE:
            found.append(f"a response of {response.size} bytes")
        if response.status in (0, 500, 502, 503, 504):
            found.append(f"status {response.status}")
    return ", ".join(found) and f"{operation.name} ({hostile.name}): {', '.join(found)}"
