"""The table of the page."""

from compare import markdown
from studies.penalties.epochs import ALL_PAIRS


def covers(numbers: dict) -> str:
    """For how many pairs and attacks a family has a model as good as another's best, clean and attacked."""
    summary = numbers["summary"]
    rows = {
        "finished": summary["covers"]["finished"],
        "finished, clipped": summary["covers"]["clipped"],
        "finished, held out": summary["some_covers"]["chosen"],
        **{case.name: summary["covers"][case.name] for case in ALL_PAIRS},
    }
    contests = [contest for contest in rows["finished"] if not contest.startswith("neither")]
    return markdown(
        ("", *(contest.replace("l1", "L1").replace("l2", "L2") for contest in contests)),
        [(title, *map(found.get, contests)) for title, found in rows.items()],
    )
