"""`fastmcp`."""

from contextlib import asynccontextmanager

import fastmcp

from orders import obey


class Client:
    def __init__(self, client):
        self.client = client

    async def list(self):
        return [tool.name for tool in await self.client.list_tools()]

    async def call(self, tool, arguments, on_progress):
        async def tell(progress, total, message):
            on_progress(progress)

        handler = tell if on_progress else None
        result = await self.client.call_tool(tool, arguments, progress_handler=handler)
        return result.content[0].text


async def answer(message, response_type, params, context):
    return {"name": "Ada"}


@asynccontextmanager
async def opened(url):
    async with fastmcp.Client(url, elicitation_handler=answer) as client:
        yield Client(client)


obey(opened)
