"""The table of the page."""

from compare import markdown


def costs(numbers: dict) -> str:
    rows = {
        "import": "importing TensorFlow and TFDS",
        "eager": "`experiment_regular.py`: one model, ten epochs, and its attack",
        "graph": "the same with `--graph`",
        "trainer": "one of 40 models of zeros and ones in the trainer, ten epochs",
        "optimum": "one certified optimum, ε = 0.2",
    }
    head = ("what", f"seconds, median of {numbers['rounds']}, {numbers['cores']} cores")
    return markdown(head, [(title, f"{numbers[name]:.3g}") for name, title in rows.items()])
