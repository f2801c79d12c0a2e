"""A tuned LightGBM on the ratio to the experts' level: the peer of the forecast's own trees.

Reads what `npm run backtest -- --dump FOLDER` wrote: at each outer origin the rows of windows that had closed,
and the questions. Hyper-parameters are chosen anew at each outer origin by inner rolling origins among those
closed rows alone; then the model is fitted on all of them. Scored as the back-test scores: relative to BG/NBD +
Gamma-Gamma, with a paired bootstrap over customers.
"""

import argparse
import json
import pathlib
import re

import lightgbm as lgb
import numpy as np

MS_PER_WEEK = 7 * 86_400_000
INNER_ORIGINS = 3
TRIALS = 16
SEEDS = 3
RESAMPLES = 1_000
SCORE_MAX = 3.0

GRID = {
    "objective": ["poisson", "tweedie", "regression"],
    "trees": [60, 120, 250],
    "learning_rate": [0.03, 0.06, 0.1],
    "num_leaves": [4, 8, 15],
    "min_data_in_leaf": [40, 100, 250],
    "lambda_l2": [1.0, 20.0, 100.0],
    "feature_fraction": [0.4, 0.7, 1.0],
    "bagging_fraction": [0.5, 0.8],
    "clip": [6.0, 12.0, 25.0],
    "level_exponent": [0.2, 0.5, 0.8],
    "half_life_weeks": [26, 52, 200],
}


def draw_trials(rng):
    """Random points of the grid, the same for every data set and origin."""
    return [{name: values[rng.integers(len(values))] for name, values in GRID.items()} for _ in range(TRIALS)]


class Table:
    """Rows by column name."""

    def __init__(self, numbers, columns):
        self.numbers = numbers
        self.at = {name: i for i, name in enumerate(columns)}
        self.features = [i for i, name in enumerate(columns) if name.startswith("feature:")]

    def __getitem__(self, name):
        return self.numbers[:, self.at[name]]

    def where(self, mask):
        table = Table.__new__(Table)
        table.numbers, table.at, table.features = self.numbers[mask], self.at, self.features
        return table

    @property
    def level(self):
        return self["levelMinor"] * self["season"]

    @property
    def values(self):
        return self.numbers[:, self.features]


def fit(rows, trial, seeds):
    """Returns a function from rows to forecasts in minor units."""
    rows = rows.where(rows.level > 0)
    ratio = np.clip(rows["actualMinor"] / rows.level, 0, trial["clip"])
    age = (rows["originMs"].max() - rows["originMs"]) / MS_PER_WEEK
    weight = 0.5 ** (age / trial["half_life_weeks"]) * (rows.level / rows.level.mean()) ** trial["level_exponent"]
    parameters = {
        name: trial[name]
        for name in ("objective", "learning_rate", "num_leaves", "min_data_in_leaf", "lambda_l2", "feature_fraction",
                     "bagging_fraction")
    }
    parameters |= {"bagging_freq": 1, "verbose": -1, "num_threads": 1, "max_bin": 63, "tweedie_variance_power": 1.4}
    data = lgb.Dataset(rows.values, ratio, weight=weight / weight.mean(), free_raw_data=False)
    models = [lgb.train(parameters | {"seed": seed}, data, trial["trees"]) for seed in range(seeds)]

    def forecast(asked):
        ratios = np.mean([model.predict(asked.values) for model in models], axis=0)
        return np.maximum(0, ratios) * asked.level

    raw = forecast(rows)
    total = np.clip((weight * rows["actualMinor"]).sum() / max(1e-9, (weight * raw).sum()), 0.67, 1.5)
    return lambda asked: forecast(asked) * total


def tune(rows, horizon_weeks, trials):
    """The trial with the least error on inner rolling origins, RMSE and MAE alike."""
    origins = np.unique(rows["originMs"])[::-1]
    scores = np.zeros(len(trials))
    for origin in origins[::2][:INNER_ORIGINS]:
        closed = rows.where(rows["originMs"] + horizon_weeks * MS_PER_WEEK <= origin)
        asked = rows.where(rows["originMs"] == origin)
        if len(closed.numbers) < 500:
            continue
        error = asked["actualMinor"] - asked.level
        for i, trial in enumerate(trials):
            own = asked["actualMinor"] - fit(closed, trial, 1)(asked)
            scores[i] += min(SCORE_MAX, np.sqrt((own**2).mean() / (error**2).mean()))
            scores[i] += min(SCORE_MAX, np.abs(own).mean() / np.abs(error).mean())
    return trials[int(np.argmin(scores))]


def relative(errors, customers, measure):
    """Error relative to the reference with a 95 % interval; whole customers are drawn."""
    _, index = np.unique(customers, return_inverse=True)
    sums = {name: np.bincount(index, measure(error)) for name, error in errors.items()}
    rng = np.random.default_rng(4)
    draws = rng.integers(index.max() + 1, size=(RESAMPLES, index.max() + 1))
    result = {}
    for name in ("peer", "ours"):
        value = sums[name].sum() / sums["reference"].sum()
        drawn = sums[name][draws].sum(1) / sums["reference"][draws].sum(1)
        result[name] = (value, *np.quantile(drawn, [0.025, 0.975]))
    apart = sums["ours"][draws].sum(1) / sums["peer"][draws].sum(1)
    result["apart"] = (sums["ours"].sum() / sums["peer"].sum(), *np.quantile(apart, [0.025, 0.975]))
    return result


def run(files, columns, horizon_weeks, trials):
    asked_all, peer_all, biases = [], [], {"peer": [], "ours": []}
    for file in files:
        table = Table(np.fromfile(file, "<f8").reshape(-1, len(columns)), columns)
        rows, asked = table.where(table["isTest"] == 0), table.where(table["isTest"] == 1)
        if len(rows.numbers) < 1_000 or len(asked.numbers) == 0:
            continue
        peer = fit(rows, tune(rows, horizon_weeks, trials), SEEDS)(asked)
        actual = asked["actualMinor"].sum()
        biases["peer"].append(abs(peer.sum() / actual - 1))
        biases["ours"].append(abs(asked["oursMinor"].sum() / actual - 1))
        asked_all.append(asked.numbers)
        peer_all.append(peer)
    asked = table.where(np.zeros(len(table.numbers), bool))
    asked.numbers, peer = np.concatenate(asked_all), np.concatenate(peer_all)
    actual = asked["actualMinor"]
    errors = {"peer": peer - actual, "ours": asked["oursMinor"] - actual, "reference": asked["referenceMinor"] - actual}
    squared = relative(errors, asked["customer"], np.square)
    absolute = relative(errors, asked["customer"], np.abs)
    root = {name: tuple(np.sqrt(v) for v in values) for name, values in squared.items()}
    return root, absolute, {name: float(np.mean(values)) for name, values in biases.items()}, len(files)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("dump", type=pathlib.Path)
    parser.add_argument("--every", type=int, default=1, help="only every n-th outer origin")
    options = parser.parse_args()
    columns = json.loads((options.dump / "columns.json").read_text())
    settings = {}
    for file in sorted(options.dump.glob("*.f64")):
        name, horizon = re.match(r"(.+)-(\d+)w-\d{4}-\d{2}-\d{2}$", file.stem).groups()
        settings.setdefault((name, int(horizon)), []).append(file)
    trials = draw_trials(np.random.default_rng(2))
    show = lambda v: f"{v[0]:.3f} ({v[1]:.3f}-{v[2]:.3f})"
    print("| data, weeks ahead | RMSE LightGBM | RMSE ours | MAE LightGBM | MAE ours | ours / LightGBM, RMSE | abs. bias, both |")
    print("|---|---|---|---|---|---|---|")
    for (name, horizon), files in settings.items():
        root, absolute, bias, _ = run(files[:: options.every], columns, horizon, trials)
        print(
            f"| {name}, {horizon} | {show(root['peer'])} | {show(root['ours'])} | {show(absolute['peer'])} | "
            f"{show(absolute['ours'])} | {show(root['apart'])} | {bias['peer']:.1%}, {bias['ours']:.1%} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
