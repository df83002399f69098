"""The official Python client, which mcp-agent's server expects. Argument: the server's URL."""

import asyncio
import sys
from contextlib import asynccontextmanager

from driver import drive
from mcp import ClientSession
from mcp.client.streamable_http import streamablehttp_client


@asynccontextmanager
async def connect():
    async with streamablehttp_client(sys.argv[1]) as (read, write, _):
        async with ClientSession(read, write) as session:
            await session.initialize()

            async def call(text: str) -> str:
                result = await session.call_tool("echo", {"text": text})
                return result.content[0].text

            yield call


asyncio.run(drive(connect))
