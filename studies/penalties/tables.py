"""The table of the page."""

from compare import markdown
from studies.penalties.epochs import ALL_PAIRS


def covers(numbers: dict) -> str:
    """For how many pairs and attacks a family has a model as good as another's best, clean and attacked."""
    summary = numbers["summary"]
    rows = {
        "finished": (summary["cases"], summary["covers"]["finished"]),
        "finished, attacks clipped": (summary["cases"], summary["covers"]["clipped"]),
        "finished, strengths held out": (summary["some_cases"], summary["some_covers"]["chosen"]),
        **{case.name: (summary["cases"], summary["covers"][case.name]) for case in ALL_PAIRS},
    }
    contests = [contest for contest in rows["finished"][1] if not contest.startswith("neither")]
    return markdown(
        ("", "of", *(contest.replace("l1", "L1").replace("l2", "L2") for contest in contests)),
        [(title, cases, *map(found.get, contests)) for title, (cases, found) in rows.items()],
    )
