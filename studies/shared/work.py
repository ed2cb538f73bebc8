"""The same function for many things, on all cores, and what the terminal shows of it.

On a terminal a reader sees what is under way, for how long, and how far it is; elsewhere nothing is shown.
"""

import contextlib
import sys
import threading
import warnings
from collections.abc import Callable, Iterable, Iterator

from joblib import Parallel, delayed
from tqdm import tqdm


def spread(function: Callable, items: Iterable, what: str) -> list:
    """`[function(*item) for item in items]` in joblib's processes.

    Args:
        function: of a module, so that a process can import it. Large arrays among its arguments are handed
            over as memory maps, read-only.
        items: of positional arguments, each a tuple.
        what: the items are called on the terminal.
    """
    items = list(items)
    with warnings.catch_warnings():
        # joblib renews processes whose memory has grown, and says so
        warnings.filterwarnings("ignore", "A worker stopped while some jobs were given to the executor")
        results = Parallel(n_jobs=-1, return_as="generator")(delayed(function)(*item) for item in items)
        return list(tqdm(results, what, len(items), leave=False, disable=not sys.stderr.isatty()))


@contextlib.contextmanager
def clock(what: str) -> Iterator[None]:
    """While it lasts, a line on the terminal says what is under way, and for how long."""
    done = threading.Event()
    silent = not sys.stderr.isatty()
    with tqdm(desc=what, bar_format="{desc}: {elapsed}", leave=False, disable=silent) as line:

        def tick() -> None:
            while not done.wait(1):
                line.refresh()

        ticking = threading.Thread(target=tick, daemon=True)
        ticking.start()
        try:
            yield
        finally:
            done.set()
            ticking.join()
