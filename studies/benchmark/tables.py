"""The table of the page."""

from compare import markdown


def costs(numbers: dict) -> str:
    rows = {
        "import": "importing TensorFlow",
        "eager": "`experiment_regular.py`: training and attack",
        "graph": "the same with `--graph`",
        "trainer": "one of 40 models in the trainer",
        "optimum": "one certified optimum",
    }
    head = ("what", f"seconds, median of {numbers['rounds']}, {numbers['cores']} cores")
    return markdown(head, [(title, f"{numbers[name]:.3g}") for name, title in rows.items()])
