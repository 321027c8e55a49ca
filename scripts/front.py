#!/usr/bin/env python3
"""A tiny front for trying a cluster: front.py HOST:PORT MEMBER[,MEMBER...]

Each new connection goes to the next member that takes it. For real use see deploy/haproxy and deploy/nginx, which
spread requests, look at /readyz, and know TLS.
"""
import asyncio
import itertools
import signal
import sys

CONNECT_SECONDS = 2
PIECE_BYTES = 256 * 1024


async def pour(reader, writer):
    """Copies until the end, which it hands on: a client may have ended its request and still wait for the answer."""
    try:
        while piece := await reader.read(PIECE_BYTES):
            writer.write(piece)
            await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()
    except (ConnectionError, OSError):
        writer.close()


async def reach(members, turn):
    for _ in members:
        host, port = next(turn).rsplit(":", 1)
        try:
            return await asyncio.wait_for(asyncio.open_connection(host, int(port)), CONNECT_SECONDS)
        except (OSError, asyncio.TimeoutError):
            continue
    return None


async def main(listen, members):
    turn = itertools.cycle(members)

    async def serve(reader, writer):
        reached = await reach(members, turn)
        if reached:
            await asyncio.gather(pour(reader, reached[1]), pour(reached[0], writer))
            reached[1].close()
        writer.close()

    host, port = listen.rsplit(":", 1)
    server = await asyncio.start_server(serve, host, int(port))
    for wish in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(wish, sys.exit, 0)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    asyncio.run(main(sys.argv[1], sys.argv[2].split(",")))
