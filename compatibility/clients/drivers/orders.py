"""What the drivers in Python share: orders from standard input, reports to standard output."""

import asyncio
import json
import sys
import traceback
from contextlib import suppress


class Cannot(Exception):
    """What a client has nothing of."""


class SessionEnded(Exception):
    """By the client, without being asked."""


def obey(opened):
    """`opened(url)` is an asynchronous context manager that gives the client: `list()` with the names of the tools, and `call(tool, arguments,
    on_progress)` with the text of the first content, where `on_progress` is None if nobody wants to know."""
    asyncio.run(_Driver(opened).run())


def as_callback(on_progress):
    """As the official SDK and FastMCP tell of progress."""

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
        """In a task of its own, since a client may cancel the task that has opened it."""
        async with self.opened(url) as client:
            self.client.set_result(client)
            await self.over.wait()

    async def while_it_lasts(self, work):
        """A client that ends its session by itself may leave those who wait for it waiting."""
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
    """A group itself says only how many there are."""
    within = getattr(error, "exceptions", None)
    return "; ".join(map(_described, within)) if within else f"{type(error).__name__}: {error}"
