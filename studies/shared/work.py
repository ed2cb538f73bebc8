"""The same function for many things, on all cores; a terminal shows how far it is."""

import sys
import warnings
from collections.abc import Callable, Iterable

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
