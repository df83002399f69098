"""Drives a peer's client for the benchmark: takes commands as JSON lines on standard input and answers each with one line.

    {"do": "open", "count": 8}   opens sessions concurrently         {}
    {"do": "calls", "each": 5}   makes calls, concurrently in all    {"wallMs": 812.4, "call": [101.9, ...]}
                                 sessions, sequentially in each
    {"do": "close"}              closes the sessions                 {}

A command that fails is answered with {"error": "..."}. Times are measured here, without the way to the benchmark.
"""

import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager

Call = Callable[[str], Awaitable[str]]
Connect = Callable[[], AbstractAsyncContextManager[Call]]


class Session:
    """A session in a task of its own: a client must be closed in the task that opened it."""

    def __init__(self, connect: Connect) -> None:
        self.calls = 0
        self.connected: asyncio.Future[Call] = asyncio.get_running_loop().create_future()
        self.closing = asyncio.Event()
        self.life = asyncio.create_task(self._live(connect))

    async def _live(self, connect: Connect) -> None:
        try:
            async with connect() as call:
                self.connected.set_result(call)
                await self.closing.wait()
        except Exception as error:
            if self.connected.done():
                raise
            self.connected.set_exception(error)

    async def call(self) -> float:
        text = str(self.calls)
        self.calls += 1
        call = await self.connected
        asked = time.perf_counter()
        answer = await call(text)
        took = time.perf_counter() - asked
        if answer != text:
            raise RuntimeError(f"Call {text} was answered with {answer}.")
        return took * 1_000

    async def close(self) -> None:
        self.closing.set()
        await self.life


class Driver:
    def __init__(self, connect: Connect) -> None:
        self.connect = connect
        self.sessions: list[Session] = []

    async def do(self, command: dict) -> dict:
        match command:
            case {"do": "open", "count": count}:
                self.sessions = [Session(self.connect) for _ in range(count)]
                await asyncio.gather(*(session.connected for session in self.sessions))
                return {}
            case {"do": "calls", "each": each}:
                return await self.time_calls(each)
            case {"do": "close"}:
                await asyncio.gather(*(session.close() for session in self.sessions))
                return {}
        raise ValueError(f"The command {command} is not known.")

    async def time_calls(self, each: int) -> dict:
        samples: list[float] = []

        async def call_some(session: Session) -> None:
            for _ in range(each):
                samples.append(await session.call())

        began = time.perf_counter()
        await asyncio.gather(*(call_some(session) for session in self.sessions))
        return {"wallMs": (time.perf_counter() - began) * 1_000, "call": samples}


async def drive(connect: Connect) -> None:
    driver = Driver(connect)
    print("ready", sys.argv[1], flush=True)
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        try:
            answer = await driver.do(json.loads(line))
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)
