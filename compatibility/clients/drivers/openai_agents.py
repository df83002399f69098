"""`openai-agents`: its client for an MCP server, without an agent."""

from contextlib import asynccontextmanager

from agents.mcp import MCPServerStreamableHttp

from orders import Cannot, obey

# The default of 5 s ends the calls of 6 s and 10 s whatever the server does.
SECONDS = 60


class Client:
    def __init__(self, server):
        self.server = server

    async def list(self):
        return [tool.name for tool in await self.server.list_tools()]

    async def call(self, tool, arguments, on_progress):
        if on_progress:
            raise Cannot("it asks for no progress")
        if tool == "greet":
            raise Cannot("it has no elicitation")
        result = await self.server.call_tool(tool, arguments)
        return result.content[0].text


@asynccontextmanager
async def opened(url):
    async with MCPServerStreamableHttp({"url": url}, client_session_timeout_seconds=SECONDS) as server:
        yield Client(server)


obey(opened)
