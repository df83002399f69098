"""Shared by the drivers in Python: takes orders on standard input, writes reports on standard output."""

import asyncio
import json
import sys
import traceback
from contextlib import suppress


class Cannot(Exception):
    """The client does not have the feature."""


class SessionEnded(Exception):
    """The client has ended its session by itself."""


def obey(opened):
    """Carries out orders. `opened(url)` is an asynchronous context manager that gives a client with `list()`, the names of the
    tools, and `call(tool, arguments, on_progress)`, the text of the first content. `on_progress` is None unless the order asks
    for progress."""
    asyncio.run(_Driver(opened).run())


def as_callback(on_progress):
    """A progress callback in the form of the official SDK and FastMCP."""

    async def tell(progress, total, message):
        on_progress(progress)

    return tell if on_progress else None


class _Driver:
    def __init__(self, opened):
        self.opened = opened
        self.tasks = set()

    async def run(self):
        lines = await _standard_input()
        self.client = asyncio.get_running_loop().create_future()
        self.over = asyncio.Event()
        self.session = None
        while line := await lines.readline():
            task = asyncio.create_task(self.report(json.loads(line)))
            self.tasks.add(task)
            task.add_done_callback(self.tasks.discard)
        self.over.set()
        if self.session:
            with suppress(Exception):
                await self.session

    async def report(self, order):
        try:
            outcome = await self.carry_out(order)
        except Cannot as reason:
            outcome = {"cannot": str(reason)}
        except Exception as error:
            traceback.print_exception(error)
            outcome = {"error": _described(error)}
        print(json.dumps({"id": order["id"], **outcome}), flush=True)

    async def carry_out(self, order):
        if order["do"] == "connect":
            self.session = asyncio.create_task(self.hold(order["url"]))
            await self.while_it_lasts(asyncio.shield(self.client))
            return {}
        client = await self.while_it_lasts(asyncio.shield(self.client))
        if order["do"] == "list":
            return {"tools": await self.while_it_lasts(client.list())}
        progress = []
        on_progress = progress.append if order["progress"] else None
        text = await self.while_it_lasts(client.call(order["tool"], order["arguments"], on_progress))
        return {"text": text, **({"progress": progress} if order["progress"] else {})}

    async def hold(self, url):
        """Runs in a task of its own, since a client may cancel the task that has opened it."""
        async with self.opened(url) as client:
            self.client.set_result(client)
            await self.over.wait()

    async def while_it_lasts(self, work):
        """Raises SessionEnded if the session ends first: the client may then leave `work` waiting for ever."""
        work = asyncio.ensure_future(work)
        await asyncio.wait({work, self.session}, return_when=asyncio.FIRST_COMPLETED)
        if work.done():
            return work.result()
        work.cancel()
        raise SessionEnded(f"the client has ended its session: {_described(self.session.exception())}")


async def _standard_input():
    lines = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    return lines


def _described(error):
    """An exception group says only how many exceptions it has, so each of them is described."""
    within = getattr(error, "exceptions", None)
    return "; ".join(map(_described, within)) if within else f"{type(error).__name__}: {error}"
