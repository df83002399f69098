"""`mcp` 2.x, the official SDK."""

from contextlib import asynccontextmanager

import mcp
from mcp_types import ElicitResult

from orders import as_callback, obey


class Client:
    def __init__(self, client):
        self.client = client

    async def list(self):
        page = await self.client.list_tools()
        tools = page.tools
        while page.next_cursor:
            page = await self.client.list_tools(cursor=page.next_cursor)
            tools += page.tools
        return [tool.name for tool in tools]

    async def call(self, tool, arguments, on_progress):
        result = await self.client.call_tool(tool, arguments, progress_callback=as_callback(on_progress))
        return result.content[0].text


async def answer(context, params):
    return ElicitResult(action="accept", content={"name": "Ada"})


@asynccontextmanager
async def opened(url):
    async with mcp.Client(url, elicitation_callback=answer) as client:
        yield Client(client)


obey(opened)
