#!/usr/bin/python3
"""What one would write in Python: aiohttp, so many workers, each body parsed.

    aiohttp_client.py URLS_FILE WORKERS
"""
import asyncio
import sys

import aiohttp


async def main(urls_file, workers):
    with open(urls_file) as file:
        urls = iter([line.strip() for line in file])
    good = 0

    async def work(session):
        nonlocal good
        for url in urls:
            async with session.delete(url) as answer:
                document = await answer.json()
                good += answer.status == 200 and document["response"]["error"] is False

    connector = aiohttp.TCPConnector(limit=workers)
    async with aiohttp.ClientSession(connector=connector, headers={"Authorization": "Bearer benchmark"}) as session:
        await asyncio.gather(*(work(session) for _ in range(workers)))
    print(good)


asyncio.run(main(sys.argv[1], int(sys.argv[2])))
