"""`agentle`: StreamableHTTPMCPServer, whose sessions are in Redis, and StdioMCPServer. The argument is that of driver.mjs."""

import asyncio
import json
import shlex
import sys
from urllib.parse import urlsplit

from agentle.mcp.servers.stdio_mcp_server import StdioMCPServer
from agentle.mcp.servers.streamable_http_mcp_server import StreamableHTTPMCPServer
from agentle.mcp.session_management import RedisSessionManager

config = json.loads(sys.argv[1])


def opened():
    if "command" in config:
        command = shlex.join([config["command"], *config["args"]])
        return StdioMCPServer(server_name="driven", command=command)
    place = urlsplit(config["url"])
    return StreamableHTTPMCPServer(
        server_name="driven",
        server_url=f"{place.scheme}://{place.netloc}",
        mcp_endpoint=place.path,
        session_manager=RedisSessionManager(redis_url=config["redis"]),
    )


def say(report):
    print(json.dumps(report), flush=True)


def text_of(result):
    text = result.content[0].text
    return f"{len(text)} characters" if len(text) > 1000 else text


async def obey(server, order):
    if order["do"] == "list":
        await server.list_tools_async()
    if order["do"] == "call":
        return {"text": text_of(await server.call_tool_async(order["tool"], order["args"]))}
    if order["do"] == "recovered":
        return {"none": True}
    if order["do"] == "close":
        await server.cleanup_async()
    return {}


async def report(server, order):
    try:
        outcome = await obey(server, order)
    except BaseException as error:
        outcome = {"error": f"{type(error).__name__}: {error}"}
    say({"as": order["as"], **outcome})


async def main():
    lines = asyncio.StreamReader(limit=2**24)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    server = opened()
    try:
        await server.connect_async()
        say({"as": "connect"})
    except Exception as error:
        say({"as": "connect", "error": f"{type(error).__name__}: {error}"})
    tasks = set()
    while line := await lines.readline():
        task = asyncio.create_task(report(server, json.loads(line)))
        tasks.add(task)
        task.add_done_callback(tasks.discard)


asyncio.run(main())
