#!/usr/bin/python3
"""A longer wire: passes TCP connections on, each byte half a round trip later.

usage: far.py UPSTREAM_PORT ROUND_TRIP_MS

Prints its port when it listens.  Connecting takes no round trip of its own; signing in to TLS does.
"""

import asyncio
import sys

UPSTREAM, HALF = int(sys.argv[1]), float(sys.argv[2]) / 2000


async def pump(reader, writer):
    loop, queue = asyncio.get_running_loop(), asyncio.Queue()

    async def deliver():
        while True:
            due, data = await queue.get()
            await asyncio.sleep(max(0, due - loop.time()))
            if not data:
                break
            writer.write(data)
        writer.close()
    task = loop.create_task(deliver())
    try:
        while True:
            data = await reader.read(65536)
            queue.put_nowait((loop.time() + HALF, data))
            if not data:
                break
        await task
    except OSError:
        writer.close()


async def take(reader, writer):
    far_reader, far_writer = await asyncio.open_connection('127.0.0.1', UPSTREAM)
    await asyncio.gather(pump(reader, far_writer), pump(far_reader, writer))


async def main():
    server = await asyncio.start_server(take, '127.0.0.1', 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(main())
