"""The tables of the page."""

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
    contests = [
        "neither" if contest.startswith("neither") else contest.replace("l1", "L1").replace("l2", "L2")
        for contest in rows["finished"][1]
    ]
    return markdown(
        ("", "of", *contests), [(title, cases, *found.values()) for title, (cases, found) in rows.items()]
    )


def losses(numbers: dict) -> str:
    """Accuracy after the post's ten epochs under each loss, from random weights / from zeros."""
    columns = {
        "regular, clean": ("regular", 0, 2),
        "at 0.1": ("regular", 1, 1),
        "at 0.2": ("regular", 2, 1),
        "robust for 0.2, clean": ("0.2", 0, 2),
        "at 0.2 ": ("0.2", 2, 1),
    }
    return markdown(
        ("", *columns),
        [
            (
                loss.replace("_", " "),
                *(
                    f"{100 * starts.random[model][place]:.{digits}f} / {100 * starts.zeros[model][place]:.{digits}f}"
                    for model, place, digits in columns.values()
                ),
            )
            for loss, starts in numbers["trained"].items()
        ],
    )
