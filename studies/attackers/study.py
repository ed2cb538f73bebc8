"""Attack libraries, attackers who don't know the model, and attackers limited in other norms.

Writes results.json and the figures. Two to three minutes on two cores.
"""

from pathlib import Path

import numpy as np
import shared
from attackers import black_box, figures, libraries, norms
from scipy.stats import spearmanr

HERE = Path(__file__).resolve().parent
NAMES = {"0.0": "regular", "0.1": "ε = 0.1", "0.2": "ε = 0.2", "0.3": "ε = 0.3"}
SHORT = {"0.0": "00", "0.1": "01", "0.2": "02", "0.3": "03"}
LIMITS = {"inf": "max norm", "2": "2-norm", "1": "1-norm"}
TRAINED = {"regular": "nothing", **LIMITS}


# What the page's sentences use


def said(results: dict) -> dict:
    return {
        **said_of_libraries(results["libraries"]),
        **said_of_black_box(results["black_box"]),
        **said_of_pairs(results["pairs"]),
        **said_of_norms(results["norms"]),
    }


def said_of_libraries(results: dict) -> dict:
    of_max = [row for name, row in results["agreement"].items() if name.endswith("inf")]
    closed = [row for name, row in results["agreement"].items() if name[-1] in "12" and name != "Foolbox, 1"]
    regular = results["models"]["regular"]
    at = {round(epsilon, 3): i for i, epsilon in enumerate(regular["epsilons"])}
    return {
        "test_images": results["test_images"],
        "attacks": sum(row["attacks"] for row in of_max),
        "differing": sum(row["differing"] for row in of_max),
        "largest_pixel_difference": max(row["largest_pixel_difference"] for row in of_max),
        "other_attacks": sum(row["attacks"] for row in closed),
        "other_differing": sum(row["differing"] for row in closed),
        "only_theirs": sum(row["only_theirs"] for row in results["agreement"].values()),
        "foolbox_1_missed": results["agreement"]["Foolbox, 1"]["only_own"],
        "box_01": 100 * regular["unclipped"][at[0.1]],
        "clipped_01": 100 * regular["clipped"][at[0.1]],
        "clipped_02": 100 * regular["clipped"][at[0.2]],
        "random_05": 100 * regular["random_sign"][at[0.5]],
    }


def said_of_black_box(results: dict) -> dict:
    victims, numbers = results["victims"], {}
    for name, victim in victims.items():
        short = SHORT[name]
        surrogates = victim["surrogates"]
        by_count = dict(zip(results["counts"], victim["means"], strict=True))
        numbers |= {
            f"seed_{short}": surrogates[name]["transfer"][1],
            f"zeros_{short}": surrogates["zeros"]["transfer"][1],
            f"all_seeds_{short}": surrogates["all other seeds"]["transfer"][1],
            f"half_{short}": black_box.needed(victim["means"], black_box.HALF) or "no",
            f"close_{short}": black_box.needed(victim["means"], black_box.CLOSE) or "no",
            **{
                f"trained_{count}_{short}": row["transfer"][1]
                for count, row in zip(black_box.TRAINED_COUNTS, victim["trained"][name], strict=True)
            },
            **{f"means_{count}_{short}": by_count[count]["transfer"][1] for count in (1, 2, 10, 1000)},
            f"white_{short}": 100 * surrogates["white box"]["accuracy"][1],
            f"ten_accuracy_{short}": 100 * by_count[10]["accuracy"][1],
        }
    regular = victims["0.0"]
    ten, other = regular["means"][results["counts"].index(10)], regular["surrogates"]["0.0"]
    conditions = [row["accuracy"][1] < 0.5 for row in (other, ten)]
    (at_03,) = np.flatnonzero(np.isclose(results["curves"]["epsilons"], 0.3))
    return numbers | {
        "fooled_seed": 100 * (1 - other["accuracy"][1]),
        "fooled_ten": 100 * (1 - ten["accuracy"][1]),
        "halving_white": regular["surrogates"]["white box"]["halving_epsilon"],
        "halving_seed": other["halving_epsilon"],
        "halving_ten": ten["halving_epsilon"],
        "fooled_zeros": 100 * (1 - regular["surrogates"]["zeros"]["accuracy"][1]),
        "fooled_seed_03": 100 * (1 - results["curves"]["another seed"][at_03]),
        "fooled_ten_03": 100 * (1 - results["curves"]["10 of each"][at_03]),
        **{
            f"trained_10_{SHORT[n]}": victims[n]["trained"][n][1]["transfer"][1]
            for n in ("0.1", "0.2", "0.3")
        },
        "clipped_white": 100 * results["clipped"]["white box"],
        "clipped_seed": 100 * results["clipped"]["another seed"],
        "clipped_ten": 100 * results["clipped"]["10 of each"],
        "other_half": results["other_half"]["largest_difference"],
        "trained_draws": results["trained_draws"],
        "queries": 784 + 1,  # a black image's bias and each pixel's weight
        "o1_conditions": sum(conditions),
        "o1_verdict": verdict(conditions),
    }


def said_of_pairs(pairs: dict) -> dict:
    held = {
        kind: {name for name, pair in pairs.items() if pair[kind]["accuracy"][1] < 0.5}
        for kind in ("another seed", "10 of each")
    }
    transfer = {name: pair["another seed"]["transfer"][1] for name, pair in pairs.items()}
    moved = {name: pair["moved"] for name, pair in pairs.items()}
    post = "0 1"
    return {
        "pairs": len(pairs),
        "pairs_seed": len(held["another seed"]),
        "pairs_ten": len(held["10 of each"]),
        "pairs_both": len(held["another seed"] & held["10 of each"]),
        "pairs_none": len(pairs) - len(held["another seed"] | held["10 of each"]),
        "pairs_transfer": np.median(list(transfer.values())),
        "pairs_rank_post": 1 + sum(value < transfer[post] for value in transfer.values()),
        "pairs_moved": spearmanr(list(moved.values()), list(transfer.values())).statistic,
        "pairs_moved_rank_post": 1 + sum(value < moved[post] for value in moved.values()),
    }


def said_of_norms(results: dict) -> dict:
    numbers = {"norm_seeds": results["seeds"], "enough": norms.ENOUGH_SEEDS}
    for share, models in zip(("01", "02", "03"), results["by_share"], strict=True):
        for model in TRAINED:
            numbers |= {
                f"{model}_under_{norm}_{share}": 100 * models[model][norm]["median"] for norm in LIMITS
            }
            numbers |= {
                f"{model}_clipped_{norm}_{share}": 100 * models[model][norm]["first_seed_clipped"]
                for norm in LIMITS
            }
    for norm in LIMITS:
        for kind in ("post", "finer"):
            found = results["finer"][kind]
            numbers |= {
                f"{kind}_accuracy_{norm}_03": 100 * found["accuracy"][norm][2],
                f"{kind}_objective_{norm}_03": found["objective"][norm][2],
            }
    numbers |= {f"holds_{name}": sum(holds) for name, holds in results["conditions"].items()}
    numbers["least_budget_1"] = results["budgets"]["1"][0]
    conditions = [all(holds) for holds in results["conditions"].values()]
    return numbers | {"cells": len(results["conditions"]["own"]), "norms_verdict": verdict(conditions)}


def verdict(conditions: list[bool]) -> str:
    """Confirmed if all conditions hold, refuted if none does, otherwise corrected."""
    return "confirmed" if all(conditions) else "corrected" if any(conditions) else "refuted"


# Tables


def table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def table_libraries(results: dict) -> str:
    """Each library's attacks, and the verdicts that differ from the project's."""
    head = [
        "limited",
        "library",
        "attacks",
        "verdicts that differ",
        "fooled by it alone",
        "by the project alone",
    ]
    rows = []
    for name, row in results["libraries"]["agreement"].items():
        library, norm = name.split(", ")
        counts = [f"{row[key]:,}" for key in ("attacks", "differing", "only_theirs", "only_own")]
        rows.append([LIMITS[norm], library, *counts])
    return table(head, rows)


def table_clipped(results: dict) -> str:
    """Accuracy of the saved models in %: worst case, clipped, random signs."""
    rows = []
    models = results["libraries"]["models"].values()
    for name, model in zip(NAMES.values(), models, strict=True):
        at = [np.flatnonzero(np.isclose(model["epsilons"], epsilon))[0] for epsilon in (0.1, 0.2, 0.3, 0.5)]
        cells = [f"{100 * model['unclipped'][i]:.1f} → {100 * model['clipped'][i]:.1f}" for i in at[:3]]
        rows.append([name, *cells, f"{100 * model['random_sign'][at[3]]:.1f}"])
    return table(["", "ε = 0.1", "ε = 0.2", "ε = 0.3", "random signs, ε = 0.5"], rows)


def table_transfer(results: dict) -> str:
    """Median transfer from each surrogate to each victim, and how many images the attacker needs."""
    found = results["black_box"]
    counts = (1, 10, 1000)
    head = ["victim", *NAMES.values(), "from zeros", "all seeds", *(f"k = {count:,}" for count in counts)]
    rows = []
    for name, victim in found["victims"].items():
        values = [victim["surrogates"][kind] for kind in (*NAMES, "zeros", "all other seeds")]
        values += [victim["means"][found["counts"].index(count)] for count in counts]
        needed = (black_box.needed(victim["means"], least) for least in (black_box.HALF, black_box.CLOSE))
        cells = [f"{row['transfer'][1]:.2f}" for row in values]
        rows.append([NAMES[name], *cells, *(str(count or "none") for count in needed)])
    return table([*head, "half as strong", "close"], rows)


def table_regular(results: dict) -> str:
    """The regular victim under every attacker: transfer, accuracy at ε = 0.2 and the ε that halves it."""
    found = results["black_box"]
    regular = found["victims"]["0.0"]
    rows = {
        "white box": regular["surrogates"]["white box"],
        "everything but the seed": regular["surrogates"]["all other seeds"],
        "regular from zeros": regular["surrogates"]["zeros"],
        "another seed's model": regular["surrogates"]["0.0"],
        "mean difference, k = 1,000": regular["means"][-1],
        "mean difference, k = 10": regular["means"][found["counts"].index(10)],
        "mean difference, k = 1": regular["means"][0],
        "trained on k = 1,000": regular["trained"]["0.0"][3],
        "the same from zeros": regular["trained"]["zeros"][3],
        "trained on k = 10": regular["trained"]["0.0"][1],
        "the same from zeros ": regular["trained"]["zeros"][1],
        "random signs": regular["surrogates"]["random signs"],
    }
    lines = []
    for name, row in rows.items():
        low, median, high = row["transfer"]
        least, half, most = (100 * value for value in row["accuracy"])
        halving = row["halving_epsilon"]
        lines.append(
            [
                name.strip(),
                f"{median:.2f} ({low:.2f} to {high:.2f})",
                f"{half:.1f} ({least:.1f} to {most:.1f})",
                f"{halving:.2f}" if halving and halving < 1 else "over 1",
            ]
        )
    return table(["attacker", "transfer t", "accuracy at ε = 0.2, %", "halving ε"], lines)


def table_norms(results: dict) -> str:
    """Trained against × attacked with, at each share; % unclipped, and clipped for the first seed."""
    found = results["norms"]
    head = ["budgets", "trained against", "clean", *(f"attacked: {name}" for name in LIMITS.values())]
    rows = []
    for number, models in enumerate(found["by_share"]):
        budgets = ", ".join(f"{found['budgets'][norm][number]:.3g}" for norm in LIMITS)
        for model, name in TRAINED.items():
            cells = [models[model][norm] for norm in LIMITS]
            rows.append(
                [
                    budgets if model == "regular" else "",
                    name,
                    f"{100 * models[model]['clean']:.2f}",
                    *(f"{100 * c['median']:.1f} → {100 * c['first_seed_clipped']:.1f}" for c in cells),
                ]
            )
    return table(head, rows)


def table_finer(results: dict) -> str:
    """Accuracy under the own attack and objective, with the post's steps and with finer ones."""
    found = results["norms"]["finer"]
    rows = []
    for norm, name in LIMITS.items():
        cells = []
        for number in range(3):
            kinds = [
                (found[kind]["accuracy"][norm][number], found[kind]["objective"][norm][number])
                for kind in ("post", "finer")
            ]
            cells.append(" → ".join(f"{100 * right:.1f} ({objective:.2f})" for right, objective in kinds))
        rows.append([name, *cells])
    return table(["trained against", *(f"as ε = {epsilon}" for epsilon in (0.1, 0.2, 0.3))], rows)


# The command


def main() -> None:
    """Attack, and write results.json and the figures beside this file."""
    in_norms, weights = norms.study()
    print(f"other norms: {verdict([all(holds) for holds in in_norms['conditions'].values()])}", flush=True)
    results = {"black_box": black_box.study(), "pairs": black_box.all_pairs(), "norms": in_norms}
    print("black box: done", flush=True)
    budgets = {norm: in_norms["budgets"][str(norm)] for norm in (2, 1)}
    results["libraries"] = libraries.study(budgets)
    results["said"] = said(results)
    results = shared.rounded(results)  # what is drawn is what is written
    shared.write_json(HERE / "results.json", results)
    shared.write_figure(HERE / "libraries.png", figures.draw_libraries(results["libraries"]))
    shared.write_figure(HERE / "black_box.png", figures.draw_black_box(results["black_box"]))
    shared.write_figure(HERE / "norms.png", figures.draw_norms(results["norms"]))
    shared.write_figure(HERE / "weights.png", figures.draw_weights(weights))
    numbers = results["said"]
    print(f"libraries: {numbers['differing']} verdicts of {numbers['attacks']} attacks differ", flush=True)
