"""The tables of the pages, from the numbers: what the cog blocks in the README files call."""

import importlib

import cog
import shared

import compare
import run_files


def published_accuracy() -> None:
    """The post's table beside this project's."""
    cog.outl(compare.accuracy_table(run_files.load_post_models()))


def published_images() -> None:
    """The misclassified images that the post shows beside this project's."""
    cog.outl(compare.image_table(run_files.load_post_models()))


def table(study: str, name: str) -> None:
    """What `table_<name>` of a study makes of its results.json."""
    make = getattr(importlib.import_module(f"{study}.study"), f"table_{name}")
    cog.outl(make(shared.read_json(study)))
