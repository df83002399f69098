"""Ends this process when the benchmark ends: standard input is then closed."""

import os
import sys
import threading


def end_with_parent() -> None:
    def watch() -> None:
        while sys.stdin.readline():
            pass
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
