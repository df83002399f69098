"""`agentle`: its client for an MCP server, without an agent."""

from contextlib import asynccontextmanager
from urllib.parse import urlsplit

from agentle.mcp.servers.streamable_http_mcp_server import StreamableHTTPMCPServer

from orders import Cannot, obey


class Client:
    def __init__(self, server):
        self.server = server

    async def list(self):
        return [tool.name for tool in await self.server.list_tools_async()]

    async def call(self, tool, arguments, on_progress):
        if on_progress:
            raise Cannot("it asks for no progress")
        if tool == "greet":
            raise Cannot("it has no elicitation")
        result = await self.server.call_tool_async(tool, arguments)
        return result.content[0].text


@asynccontextmanager
async def opened(url):
    place = urlsplit(url)
    server = StreamableHTTPMCPServer(
        server_name="durable", server_url=f"{place.scheme}://{place.netloc}", mcp_endpoint=place.path
    )
    await server.connect_async()
    try:
        yield Client(server)
    finally:
        await server.cleanup_async()


obey(opened)
