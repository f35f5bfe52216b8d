"""Clients that ask again as soon as they are answered, as cheap as they can be: on the cores of the server they must
not be what is measured."""

import asyncio
import time


def request(method, path, body=b"", **headers):
    """The bytes of a request."""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


async def answered(reader):
    """The status of the next answer, whose body is read to its end."""
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    length = head.partition(b"content-length:")[2].split(b"\r\n")[0]
    await reader.readexactly(int(length))
    return int(head.split()[1])


async def hammer(port, message, status, end):
    """Seconds of each request that one connection makes before `end`."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    times = []
    while (began := time.monotonic()) < end:
        writer.write(message)
        if (heard := await answered(reader)) != status:
            raise AssertionError(f"{heard} instead of {status}")
        times.append(time.monotonic() - began)
    writer.close()
    await writer.wait_closed()
    return times


async def crowd(port, size, message, status, seconds):
    """Seconds of each request of so many connections in so many seconds."""
    end = time.monotonic() + seconds
    everyone = await asyncio.gather(*(hammer(port, message, status, end) for _ in range(size)))
    return [taken for times in everyone for taken in times]
