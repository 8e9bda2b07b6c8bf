"""Hypothesis strategies for the records of a run."""

from hypothesis import strategies as st

from tunebench.objectives import OBJECTIVE_NAMES
from tunebench.records import (
    DatasetRecord,
    EnvironmentRecord,
    FinalRecord,
    History,
    HyperparameterValue,
    Importance,
    RunRecord,
    SearchRecord,
    TrainingRecord,
    TrialRecord,
    TrialSeconds,
)
from tunebench.runs.timing import RepeatRecord, TimingRecord

# Any text that JSON can hold, including tags, quotes, control characters, right-to-left marks and emoji.
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
HOSTILE = (
    "<script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '" onmouseover="alert(1)',
    "'; alert(1); //",
    "\N{RIGHT-TO-LEFT OVERRIDE}gnp.exe",
    "\N{GRINNING FACE} \N{PILE OF POO}",
    "$\\frac{1}{2}$ {{ 7 * 7 }} {% raw %}",
    "\N{NULL}\N{ESCAPE}[31mred\N{BELL}",
    "=HYPERLINK(1)",
    "\N{LINE SEPARATOR}]]>--><!--",
    "no character: \ufffe\uffff",
)
hostile_texts = st.sampled_from(HOSTILE)
proportions = st.floats(0, 1)
# Proportions, or minus a loss.
scores = st.floats(-1e6, 1)
durations = st.floats(0, 1e7)
counts = st.integers(0, 10**9)
seeds = st.integers(0, 2**31 - 1)
moments = st.datetimes().map(lambda moment: moment.isoformat(timespec="seconds") + "+01:00")

hyperparameter_values: st.SearchStrategy[HyperparameterValue] = st.one_of(
    st.booleans(), st.integers(-(2**53), 2**53), st.floats(-1e100, 1e100), texts
)
objectives = st.sampled_from(OBJECTIVE_NAMES)
hyperparameters = st.dictionaries(texts, hyperparameter_values, max_size=4)
histories: st.SearchStrategy[History] = st.dictionaries(
    st.sampled_from(["loss", "accuracy", "val_loss", "val_accuracy", "seconds"]),
    st.lists(st.one_of(st.none(), st.floats(0, 100)), max_size=5),
    max_size=5,
)

trial_seconds = st.builds(TrialSeconds, prefix=durations, setup=durations, fit=durations, evaluate=durations)
trainings = st.builds(
    TrainingRecord,
    score=scores,
    epochs=counts,
    history=histories,
    seed=seeds,
    fold=st.one_of(st.none(), st.integers(0, 9)),
)
trials = st.builds(
    TrialRecord,
    trial_id=texts,
    status=st.sampled_from(["completed", "pruned", "cut", "failed"]),
    message=st.one_of(st.none(), texts),
    hyperparameters=hyperparameters,
    score=st.one_of(st.none(), scores),
    scores=st.lists(scores, max_size=3),
    epochs=counts,
    history=histories,
    trainings=st.lists(trainings, max_size=2),
    started_at=moments,
    elapsed_seconds=durations,
    seconds=trial_seconds,
    parameters=st.one_of(st.none(), counts),
    seed=seeds,
    worker=texts,
    declared=st.lists(texts, max_size=2),
)
datasets = st.builds(
    DatasetRecord,
    name=texts,
    train_size=counts,
    validation_size=counts,
    test_size=st.integers(1, 10**9),
    class_names=st.lists(texts, min_size=1, max_size=4),
    sha256=st.text("0123456789abcdef", min_size=64, max_size=64),
)
searches = st.builds(
    SearchRecord,
    tuner=st.sampled_from(["random", "bayesian", "hyperband", "grid"]),
    trials=counts,
    completed=counts,
    failed=counts,
    seconds=durations,
    best_score=scores,
    importance=st.one_of(
        st.none(),
        st.builds(
            Importance,
            shares=st.dictionaries(texts, proportions, max_size=4),
            floor=proportions,
            explained=proportions,
            trials=counts,
        ),
    ),
)
finals = st.builds(
    FinalRecord,
    seed=seeds,
    test_accuracy=proportions,
    test_loss=st.one_of(st.none(), st.floats(0, 1e6)),
    validation_accuracy=proportions,
    train_seconds=durations,
    prefix_seconds=durations,
    setup_seconds=durations,
    fit_seconds=durations,
    epochs=counts,
    best_epoch=counts,
    stopped_early=st.booleans(),
    parameters=counts,
    model_bytes=counts,
    inference_seconds_per_image=durations,
    history=histories,
    split_seed=st.one_of(st.none(), seeds),
)
environments = st.builds(
    EnvironmentRecord,
    tunebench=texts,
    python=texts,
    keras=texts,
    backend=texts,
    tensorflow=st.one_of(st.none(), texts),
    keras_tuner=texts,
    numpy=texts,
    device=texts,
    cpu_count=counts,
    precision=texts,
    os=texts,
)
repeats = st.builds(
    RepeatRecord,
    seed=seeds,
    train_seconds=durations,
    prefix_seconds=durations,
    setup_seconds=durations,
    fit_seconds=durations,
    epochs=counts,
    history=histories,
)
timings = st.builds(
    TimingRecord,
    dataset_sha256=texts,
    hyperparameters=hyperparameters,
    environment=environments,
    repeats=st.lists(repeats, min_size=1, max_size=3),
    started_at=moments,
    finished_at=moments,
)
runs = st.builds(
    RunRecord,
    name=texts,
    space=texts,
    summary=texts,
    kind=st.sampled_from(["tuned", "default"]),
    dataset=datasets,
    hyperparameters=hyperparameters,
    ranges=st.dictionaries(texts, st.lists(hyperparameter_values, max_size=4), max_size=4),
    settings=st.dictionaries(
        texts | st.just("objective"), st.one_of(st.none(), hyperparameter_values, objectives), max_size=3
    ),
    search=st.one_of(st.none(), searches),
    finals=st.lists(finals, min_size=1, max_size=3, unique_by=lambda final: final.seed),
    environment=environments,
    command=texts,
    started_at=moments,
    finished_at=moments,
)
