"""FastMCP's server with one tool that is always a task. Argument: the URL of the Redis that stores the tasks."""

import asyncio
import sys

from fastmcp import FastMCP
from fastmcp.utilities.tasks import TaskConfig
from fastmcp_tasks import TasksExtension
from serve import serve

mcp = FastMCP("trivial")
mcp.add_extension(TasksExtension(url=sys.argv[1]))


@mcp.tool(task=TaskConfig(mode="required"))
async def echo(text: str) -> str:
    """Says what it is told."""
    return text


asyncio.run(serve(mcp.http_app(), "fastmcp"))
