"""The tables of the pages, from the studies' numbers: what the cog blocks in the README files call."""

import importlib

import cog

import shared


def table(study: str, name: str) -> None:
    """Put `table_<name>` of a study, made from its results.json, into the page that cog is rewriting."""
    make = getattr(importlib.import_module(f"{study}.study"), f"table_{name}")
    cog.outl(make(shared.read_json(study)))
