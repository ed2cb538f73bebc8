"""The tables of the page."""

from compare import markdown
from studies.models import POST, ROBUST

VARIANTS = {
    "trained": "as trained",
    "unlit_at_zero": "unlit at zero",
    "start_subtracted": "start subtracted",
    "weak_at_zero": "weak at zero",
    "from_zeros": "trained from zeros",
}


def span(median_and_range: list) -> str:
    """Median, and the range where there is one."""
    median, least, most = (f"{value:.0f}" for value in median_and_range)
    return median if least == most else f"{median} ({least} to {most})"


def percent(share: float) -> str:
    return f"{100 * share:.1f}"


def regular(numbers: dict) -> str:
    """The regular model, its variants, and the robust ones to compare with."""
    rows = [(title, numbers["models"]["regular"][name]) for name, title in VARIANTS.items()]
    rows += [(f"robust, {model.title}", numbers["models"][model.key]["trained"]) for model in ROBUST]
    head = ("", "mistakes", "at 0.1", "at 0.2", "halving ε", "clipped, 0.1", "clipped, 0.2", "halving ε")
    return markdown(
        head,
        [
            (
                title,
                span(found["mistakes"]),
                *(percent(found["attacked"][epsilon]) for epsilon in ("0.1", "0.2")),
                f"{found['halving']:.3f}",
                *(percent(found["clipped"][epsilon]) for epsilon in ("0.1", "0.2")),
                f"{found['clipped_halving']:.2f}",
            )
            for title, found in rows
        ],
    )


def steps(numbers: dict) -> str:
    """The four models with both step sizes."""
    rows = []
    for model in POST:
        own, other = ("0.01", "0.1") if model.epsilon else ("0.1", "0.01")
        for variant, step in (("trained", f"{own} (the post's)"), ("other_step", other)):
            found = numbers["models"][model.key][variant]
            attacked = [percent(found["attacked"][epsilon]) for epsilon in ("0.1", "0.2", "0.3")]
            unlit = percent(found["unlit_share"][0])
            rows.append(
                (model.title, step, span(found["mistakes"]), *attacked, f"{found['halving']:.3f}", unlit)
            )
    return markdown(("", "step", "mistakes", "at 0.1", "at 0.2", "at 0.3", "halving ε", "unlit, %"), rows)
