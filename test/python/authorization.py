"""The official Python SDK's client at a protected server: signs in, calls tools, refreshes its token and gets more scopes.

Prints each event as a JSON object on a line. After `{"signIn": URL}`, expects a line on standard input: the URL of the redirect back.

Usage: authorization.py URL SECONDS-BETWEEN-CALLS
"""

import asyncio
import json
import sys
from urllib.parse import parse_qs, urlparse

import httpx
from mcp import ClientSession
from mcp.client.auth import OAuthClientProvider
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.auth import OAuthClientMetadata


def say(**what):
    print(json.dumps(what), flush=True)


class Storage:
    tokens = None
    client = None

    async def get_tokens(self):
        return self.tokens

    async def set_tokens(self, tokens):
        self.tokens = tokens
        say(scope=tokens.scope)

    async def get_client_info(self):
        return self.client

    async def set_client_info(self, client):
        self.client = client


async def redirect(url):
    say(signIn=url)


async def callback():
    line = await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)
    query = parse_qs(urlparse(line.strip()).query)
    return query["code"][0], query.get("state", [None])[0]


async def main(url, seconds):
    auth = OAuthClientProvider(
        server_url=url,
        client_metadata=OAuthClientMetadata(
            client_name="python",
            redirect_uris=["http://localhost/callback"],
            grant_types=["authorization_code", "refresh_token"],
            response_types=["code"],
            token_endpoint_auth_method="none",
            scope="notes:read notes:write admin",
        ),
        storage=Storage(),
        redirect_handler=redirect,
        callback_handler=callback,
    )
    async with httpx.AsyncClient(auth=auth, timeout=60) as http:
        async with streamable_http_client(url, http_client=http) as (read, write, session_id):
            async with ClientSession(read, write) as session:
                await session.initialize()
                first = session_id()
                for tool, arguments in [("read", {}), ("read", {}), ("write", {"text": "tea"}), ("read", {})]:
                    result = await session.call_tool(tool, arguments)
                    say(result=result.content[0].text)
                    if tool == "read":
                        await asyncio.sleep(seconds)
                say(sameSession=session_id() == first)


asyncio.run(main(sys.argv[1], float(sys.argv[2])))
