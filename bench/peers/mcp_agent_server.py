"""mcp-agent's MCP server, which starts a workflow for each call and waits for its result."""

import asyncio

from mcp_agent.server.app_server import create_mcp_server_for_app
from mcp_agent_app import app
from serve import serve


async def main() -> None:
    async with app.run() as running:
        await serve(create_mcp_server_for_app(running).streamable_http_app(), "mcp-agent")


asyncio.run(main())
