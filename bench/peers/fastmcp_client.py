"""FastMCP's client: it detects that a call became a task, and polls for the result. Argument: the server's URL."""

import asyncio
import sys
from contextlib import asynccontextmanager

import fastmcp_tasks  # noqa: F401  (the client does not support tasks without this import)
from driver import drive
from fastmcp import Client


@asynccontextmanager
async def connect():
    async with Client(sys.argv[1]) as client:

        async def call(text: str) -> str:
            result = await client.call_tool("echo", {"text": text})
            return result.content[0].text

        yield call


asyncio.run(drive(connect))
