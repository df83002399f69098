"""`mcp` 1.x, the official SDK."""

from contextlib import asynccontextmanager

from mcp import ClientSession
from mcp.client import streamable_http
from mcp.types import ElicitResult

from orders import as_callback, obey

# Later versions have the first name, 1.13 the second.
streams = getattr(streamable_http, "streamable_http_client", streamable_http.streamablehttp_client)


class Client:
    def __init__(self, session):
        self.session = session

    async def list(self):
        page = await self.session.list_tools()
        tools = page.tools
        while page.nextCursor:
            page = await self.session.list_tools(page.nextCursor)
            tools += page.tools
        return [tool.name for tool in tools]

    async def call(self, tool, arguments, on_progress):
        result = await self.session.call_tool(tool, arguments, progress_callback=as_callback(on_progress))
        return result.content[0].text


async def answer(context, params):
    return ElicitResult(action="accept", content={"name": "Ada"})


@asynccontextmanager
async def opened(url):
    async with streams(url) as (read, write, _):
        async with ClientSession(read, write, elicitation_callback=answer) as session:
            await session.initialize()
            yield Client(session)


obey(opened)
