"""mcp-agent's app with one tool, whose calls are workflows. Arguments of the server and the worker: Temporal's address, and where
the tool does its work: in the `workflow` itself, which may only compute, or in an `activity`, as tools with effects must.
"""

import logging
import sys
import warnings

from mcp_agent.app import MCPApp
from mcp_agent.config import LoggerSettings, Settings, TemporalSettings, UsageTelemetrySettings

# mcp-agent would log several lines per call, which is not to be measured. A failed call says so in its answer.
logging.disable()
warnings.simplefilter("ignore")

_, address, place = sys.argv

app = MCPApp(
    name="trivial",
    settings=Settings(
        execution_engine="temporal",
        temporal=TemporalSettings(host=address, task_queue=f"bench-mcp-agent-{place}"),
        logger=LoggerSettings(type="none"),
        usage_telemetry=UsageTelemetrySettings(enabled=False),
    ),
)


@app.workflow_task(name="say")
async def say(text: str) -> str:
    return text


@app.tool
async def echo(text: str) -> str:
    """Says what it is told."""
    return text if place == "workflow" else await app.executor.execute(say, text)
