"""Clients that send the next request as soon as they have the response.

They use little CPU time, because they share the cores with the server that is measured.
"""

import asyncio
import time


def request(method, path, body=b"", **headers):
    """The bytes of a request."""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


async def read_status(reader):
    """Read the next response with its body and return its status."""
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    length = head.partition(b"content-length:")[2].split(b"\r\n")[0]
    # A 204 has no length.
    await reader.readexactly(int(length or 0))
    return int(head.split()[1])


async def hammer(port, message, status, end):
    """Send requests on one connection until `end`; return the seconds that each took."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    times = []
    while (began := time.monotonic()) < end:
        writer.write(message)
        if (received := await read_status(reader)) != status:
            raise AssertionError(f"{received} instead of {status}")
        times.append(time.monotonic() - began)
    writer.close()
    await writer.wait_closed()
    return times


async def crowd(port, size, message, status, seconds):
    """Send requests on `size` connections for `seconds`; return the seconds that each request took."""
    end = time.monotonic() + seconds
    everyone = await asyncio.gather(*(hammer(port, message, status, end) for _ in range(size)))
    return [taken for times in everyone for taken in times]
