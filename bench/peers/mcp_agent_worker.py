"""The worker for the workflows of mcp-agent's calls."""

import asyncio

from mcp_agent.executor.temporal import create_temporal_worker_for_app
from mcp_agent_app import app
from parent import end_with_parent


async def main() -> None:
    end_with_parent()
    async with create_temporal_worker_for_app(app) as worker:
        print("ready worker", flush=True)
        await worker.run()


if __name__ == "__main__":
    asyncio.run(main())
