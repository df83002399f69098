"""`langchain-mcp-adapters`: its tools in one session, without an agent."""

from contextlib import asynccontextmanager

from langchain_mcp_adapters.callbacks import Callbacks
from langchain_mcp_adapters.client import MultiServerMCPClient
from langchain_mcp_adapters.tools import load_mcp_tools
from mcp.types import ElicitResult

from orders import obey


class Client:
    def __init__(self, session):
        self.session = session

    async def list(self):
        return [tool.name for tool in await load_mcp_tools(self.session)]

    async def call(self, tool, arguments, on_progress):
        async def tell(progress, total, message, context):
            on_progress(progress)

        callbacks = Callbacks(on_progress=tell if on_progress else None)
        tools = {each.name: each for each in await load_mcp_tools(self.session, callbacks=callbacks)}
        content = await tools[tool].ainvoke(arguments)
        return content[0]["text"]


async def answer(mcp_context, params, context):
    return ElicitResult(action="accept", content={"name": "Ada"})


@asynccontextmanager
async def opened(url):
    servers = {"durable": {"transport": "http", "url": url}}
    client = MultiServerMCPClient(servers, callbacks=Callbacks(on_elicitation=answer))
    async with client.session("durable") as session:
        yield Client(session)


obey(opened)
