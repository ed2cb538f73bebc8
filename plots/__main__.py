"""Draw the figures: `python plots` all of them, `python plots NAME ...` some."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from plots.command import main

if __name__ == "__main__":
    main()
