"""Serves a peer's MCP app over HTTP on a free port, and prints `ready URL PACKAGE VERSION`."""

import asyncio
import socket
from importlib.metadata import version

import uvicorn
from parent import end_with_parent


async def serve(app, package: str) -> None:
    end_with_parent()
    listening = socket.create_server(("127.0.0.1", 0))
    port = listening.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    while not server.started and not serving.done():
        await asyncio.sleep(0.01)
    print(f"ready http://127.0.0.1:{port}/mcp {package} {version(package)}", flush=True)
    await serving
