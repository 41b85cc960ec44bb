"""Connections that break in the middle of something."""

import asyncio
import socket
import struct

_NO_LINGER = struct.pack("ii", 1, 0)


class Refusal(asyncio.Protocol):
    """Cuts a connection that came just when the module went."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Close at once."""
        if isinstance(transport, asyncio.Transport):
            transport.abort()


def cut(transport: asyncio.Transport, *, reset: bool) -> None:
    """Close the connection at once, with a reset if asked for."""
    if reset and (connection := transport.get_extra_info("socket")) is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
    transport.abort()


def send_half(transport: asyncio.Transport, data: bytes) -> None:
    """Announce the whole answer, send half of it and close."""
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(data)}\r\n\r\n"
    transport.write(head.encode() + data[: len(data) // 2])
    transport.close()
