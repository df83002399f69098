"""The official Python SDK's client: calls one tool and prints each event as a JSON object on a line.

Usage: client.py URL TOOL ARGUMENTS-AS-JSON
"""

import asyncio
import json
import sys

from mcp import ClientSession, types
from mcp.client.streamable_http import streamable_http_client


def say(**what):
    print(json.dumps(what), flush=True)


async def on_progress(progress, total, message):
    say(progress=progress, total=total)


async def on_log(params):
    say(log=params.data)


async def on_elicitation(context, params):
    say(asked=params.message)
    return types.ElicitResult(action="accept", content={"name": "Ada"})


async def main(url, tool, arguments):
    async with streamable_http_client(url) as (read, write, _):
        async with ClientSession(
            read, write, logging_callback=on_log, elicitation_callback=on_elicitation
        ) as session:
            opened = await session.initialize()
            say(server=opened.serverInfo.name, protocol=opened.protocolVersion)
            result = await session.call_tool(tool, arguments, progress_callback=on_progress)
            say(result=result.content[0].text, isError=result.isError)


asyncio.run(main(sys.argv[1], sys.argv[2], json.loads(sys.argv[3])))
