"""`fastmcp`."""

from contextlib import asynccontextmanager

import fastmcp

from orders import as_callback, obey


class Client:
    def __init__(self, client):
        self.client = client

    async def list(self):
        return [tool.name for tool in await self.client.list_tools()]

    async def call(self, tool, arguments, on_progress):
        result = await self.client.call_tool(tool, arguments, progress_handler=as_callback(on_progress))
        return result.content[0].text


async def answer(message, response_type, params, context):
    return {"name": "Ada"}


@asynccontextmanager
async def opened(url):
    async with fastmcp.Client(url, elicitation_handler=answer) as client:
        yield Client(client)


obey(opened)
