"""Learning from the office: what helps is kept, what does not is refused, nothing of the texts is stored, and back."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from own_kit import (
    NOTICE,
    Opinion,
    PlainTagger,
    embed_words,
    lessons_of,
    machine,
    posts,
    reads_notices_differently,
)
from store_kit import NOON, a_document, a_store, at, bytes_on_disk, kept, rows_of

from pipeline.model import Document
from pipeline.store.engine import reading, writing
from pipeline.store.retain import purge
from pipeline.store.store import SqlStore
from pipeline.tag import default_tagger
from pipeline.tag.corrections import record_correction
from pipeline.tag.fit import Sample, fit_correction, fold_groups, try_correction
from pipeline.tag.learn import FEWEST, Field, learn
from pipeline.tag.lessons import Lesson, count_names, read_lessons
from pipeline.tag.own import OwnTagger
from tocsin.cli import tocsin

TONES = ("negative", "neutral", "positive")


def rolls_dice(document: Document) -> str:
    """An office whose labels have nothing to do with the texts."""
    return TONES[int(document.id, 16) % 3]


def turns_round(document: Document) -> str:
    """An officer who only ever writes what the machine did not say, at random."""
    return [tone for tone in TONES if tone != machine(document)][int(document.id, 16) % 2]


def accuracy(tagger: OwnTagger | PlainTagger, documents: Sequence[Document], opinion: Opinion) -> float:
    """How often the tagger says what the office would say."""
    given = tagger.tag(documents)
    return float(np.mean([tags.sentiment.label == opinion(one) for tags, one in zip(given, documents, strict=True)]))


def test_an_office_that_reads_notices_differently_is_followed() -> None:
    """120 labels, half of them on announcements: cross-validation says better, and on unseen posts it is."""
    heads, (report,) = learn(
        {"label": lessons_of(posts(120, 60), reads_notices_differently)}, PlainTagger(), embed_words
    )
    assert heads is not None
    assert report.trial is not None
    assert report.trial.after.accuracy > report.trial.before.accuracy + 0.3
    assert (report.corrected, report.confirmed) == (60, 60)
    unseen = posts(200, 60, seed=2)
    ours = OwnTagger(PlainTagger(), embed_words, heads)
    assert accuracy(PlainTagger(), unseen, reads_notices_differently) == pytest.approx(0.7)
    assert accuracy(ours, unseen, reads_notices_differently) > 0.9
    assert ours.version.startswith("plain-1+own-")


def test_corrections_alone_do_not_turn_everything_round() -> None:
    """An office that never confirms: items it let stand keep the tagger where it was right."""
    documents = posts(200, 60)
    heads, _ = learn(
        {"label": lessons_of(documents[:60], reads_notices_differently, documents[60:120])}, PlainTagger(), embed_words
    )
    assert heads is not None
    others = posts(200, 0, seed=2)
    assert accuracy(OwnTagger(PlainTagger(), embed_words, heads), others, machine) > 0.95


@pytest.mark.parametrize("opinion", [rolls_dice, turns_round])
@pytest.mark.parametrize("seed", range(4))
def test_labels_without_sense_are_refused(opinion: Opinion, seed: int) -> None:
    """Dice, and dice that avoid the machine's answer (all corrections are wrong answers by nature), teach nothing."""
    documents = posts(240, 60, seed=seed)
    heads, (report,) = learn(
        {"label": lessons_of(documents[:120], opinion, documents[120:])}, PlainTagger(), embed_words
    )
    assert heads is None
    assert report.trial is not None
    assert "refused" in report.sentence


def test_few_labels_teach_nothing() -> None:
    """Below 20 corrections there is nothing to measure by, and the sentence says how many are needed."""
    heads, (report,) = learn(
        {"label": lessons_of(posts(FEWEST - 1, FEWEST - 1), reads_notices_differently)}, PlainTagger(), embed_words
    )
    assert heads is None
    assert "19 corrections are too few to learn from; 20 are needed" in report.sentence


def test_nothing_said_is_nothing_learned() -> None:
    """An office that never corrected anything gets a sentence, not an error."""
    heads, reports = learn({"label": [], "topic": []}, PlainTagger(), embed_words)
    assert heads is None
    assert [one.sentence[:26] for one in reports] == ["tone: 0 corrections are to", "topics: 0 corrections are "]


def test_topics_are_learned_beside_an_untouched_tone() -> None:
    """Posts about hot water are a matter of facilities here; tone stays as the tagger says."""
    documents = posts(250, 0)

    def opinion(one: Document) -> str:
        return "facilities" if "热水" in one.text or "灯光" in one.text else "other"

    fields: dict[Field, Sequence[Lesson]] = {"topic": lessons_of(documents, opinion)}
    heads, _ = learn(fields, PlainTagger(), embed_words)
    assert heads is not None
    assert heads.tone is None
    unseen = posts(100, 0, seed=5)
    ours = OwnTagger(PlainTagger(), embed_words, heads).tag(unseen)
    assert np.mean([tags.topics[0].topic == opinion(one) for tags, one in zip(ours, unseen, strict=True)]) > 0.9
    assert [tags.sentiment for tags in ours] == [tags.sentiment for tags in PlainTagger().tag(unseen)]


def test_a_strong_pull_leaves_the_tagger_as_it_is() -> None:
    """The weights are pulled towards the tagger itself, not towards some average."""
    chance = np.random.default_rng(0)
    said = chance.dirichlet(np.ones(3), 40).astype(np.float32)
    wanted = np.eye(3, dtype=np.float32)[chance.integers(0, 3, 40)]
    features = chance.normal(0, 1, (40, 8)).astype(np.float32)
    sample = Sample(said, features, wanted, np.ones(40, np.float32), tuple(map(str, range(40))))
    assert fit_correction(sample, 1e7).apply(said, features) == pytest.approx(said, abs=1e-3)
    loose = fit_correction(sample, 0.01).apply(said, features)
    assert np.abs(loose - said).max() > 0.2


def test_a_matter_is_never_learned_from_and_tested_on() -> None:
    """Rows of one group lie in one fold, and folds are of like size."""
    group = [f"matter-{n % 13}" for n in range(100)]
    folds = fold_groups(group, 5)
    assert all(len({folds[n] for n in range(100) if group[n] == name}) == 1 for name in group)
    sizes = np.bincount(folds)
    assert sizes.max() - sizes.min() <= 8


def test_copies_of_one_post_do_not_prove_anything() -> None:
    """60 copies of one corrected post are one matter: nothing can be tested, so nothing is learned."""
    text = f"{NOTICE}：食堂更新"
    copies = [Lesson(a_document(f"copy-{n}", text), "neutral", "one matter") for n in range(60)]
    standing = [Lesson(one, None, one.id) for one in posts(60, 30, seed=9)]
    heads, _ = learn({"label": copies + standing}, PlainTagger(), embed_words)
    assert heads is None


def test_cross_validation_ends_in_a_moment() -> None:
    """Rows with 16 classes and 400 features in a second or two; chance is not taken for knowledge."""
    chance = np.random.default_rng(1)
    said = chance.dirichlet(np.ones(16), 150).astype(np.float32)
    wanted = np.eye(16, dtype=np.float32)[chance.integers(0, 16, 150)]
    features = chance.normal(0, 0.05, (150, 400)).astype(np.float32)
    trial = try_correction(Sample(said, features, wanted, np.ones(150, np.float32), tuple(map(str, range(150)))))
    assert not trial.helps


# ---------------------------------------------------------------- from the store


def stored(folder: Path, documents: Sequence[Document]) -> SqlStore:
    """Documents as the plain tagger tagged them, each in an event of its own."""
    store = a_store(folder)
    tags = PlainTagger().tag(documents)
    store.save([kept(one, event=one.id, tags=tag) for one, tag in zip(documents, tags, strict=True)], [])
    return store


def correct(store: SqlStore, documents: Sequence[Document], opinion: Opinion, field: str = "label") -> None:
    """The office's clicks."""
    with writing(store.engine) as connection:
        for one in documents:
            assert record_correction(connection, "officer", one.id, field, opinion(one), at(1)) is None


def test_lessons_are_the_last_words_and_as_many_items_let_stand(tmp_path: Path) -> None:
    """30 corrections and 5 confirmations: 25 items of other matters stand in as right."""
    documents = posts(100, 30)
    store = stored(tmp_path, documents)
    correct(store, documents[:30], lambda _: "negative")
    correct(store, documents[:30], lambda _: "neutral")
    correct(store, documents[30:35], machine)
    with reading(store.engine) as connection:
        lessons = read_lessons(connection, "label")
        assert read_lessons(connection, "topic") == []
    spoken = [one for one in lessons if one.office is not None]
    assert {one.office for one in spoken if NOTICE in one.document.text} == {"neutral"}
    assert (len(spoken), len(lessons) - len(spoken)) == (35, 25)
    assert len({one.document.id for one in lessons}) == len(lessons)


def test_lessons_expire_with_their_item(tmp_path: Path) -> None:
    """When a text is gone, so is the lesson; what is not about the school was never one."""
    old = [
        a_document(f"old-{n}", f"第{n}条旧闻", source_kind="news", title=f"旧闻{n}", seen=at(days=-200))
        for n in range(3)
    ]
    store = stored(tmp_path, [*old, *posts(5, 0)])
    correct(store, [*old, *posts(5, 0)], lambda _: "neutral")
    correct(store, posts(1, 0), lambda _: "no", field="school")
    purge(store.engine, NOON)
    with reading(store.engine) as connection:
        assert sum(one.office is not None for one in read_lessons(connection, "label")) == 4


def test_names_that_led_astray_are_counted(tmp_path: Path) -> None:
    """Items that are not about the school say which configured name found them."""
    documents = posts(6, 0)
    store = stored(tmp_path, documents)
    correct(store, documents[:4], lambda _: "no", field="school")
    correct(store, documents[4:], lambda _: "neutral")
    with reading(store.engine) as connection:
        wrong, right = count_names(connection)
    assert (wrong["学院"], right["学院"]) == (4, 2)


def run(*arguments: str) -> tuple[int, str]:
    """`tocsin …`: exit status and output."""
    result = CliRunner().invoke(tocsin, list(arguments))
    return result.exit_code, result.output


def test_train_apply_and_undo_from_the_command_line(tmp_path: Path) -> None:
    """With the shipped tagger: figures are printed, --apply writes a version, the next start uses it, --undo takes it back."""
    from tocsin.config import load_config
    from tocsin.house import open_house
    from tocsin.wiring import build_tagger, build_worker

    config = tmp_path / "tocsin.toml"
    config.write_text('[school]\nname = "澜川学院"\n[store]\nfolder = "data"\n', encoding="utf-8")
    shipped = default_tagger()
    documents = posts(60, 30)
    told = dict(zip([one.id for one in documents], shipped.tag(documents), strict=True))

    def opinion(one: Document) -> str:
        return "positive" if NOTICE in one.text else told[one.id].sentiment.label

    store = a_store(tmp_path / "data")
    store.save([kept(one, event=one.id, tags=told[one.id]) for one in documents], [])
    correct(store, [one for one in documents if told[one.id].sentiment.label in TONES], opinion)
    status, said = run("train", "--config", str(config))
    assert (status, "--apply keeps it" in said, "5-fold" in said) == (0, True, True), said
    assert not (tmp_path / "data" / "models").exists()
    assert run("train", "--config", str(config), "--apply")[0] == 0
    loaded = load_config(config)
    tagger = build_tagger(loaded.config.tagger, loaded.folder)
    assert tagger.version.startswith(f"{shipped.version}+own-")
    assert build_worker(open_house(loaded)).chain.tagger.version == tagger.version
    assert tagger.tag([a_document(text=f"{NOTICE}：自习教室开放")])[0].sentiment.label == "positive"
    assert [row["what"] for row in rows_of(store.engine, "audit")][-1] == "train"
    assert run("train", "--config", str(config), "--undo")[0] == 0
    assert build_tagger(loaded.config.tagger, loaded.folder).version == shipped.version
    assert run("train", "--config", str(config), "--undo")[0] == 2
    assert NOTICE.encode() not in bytes_on_disk(tmp_path / "data" / "models")


def test_a_refused_training_ends_with_status_one(tmp_path: Path) -> None:
    """Nothing to learn is one sentence and exit status 1; no file is written."""
    config = tmp_path / "tocsin.toml"
    config.write_text('[school]\nname = "澜川学院"\n[store]\nfolder = "."\n', encoding="utf-8")
    a_store(tmp_path)
    result = CliRunner().invoke(tocsin, ["train", "--config", str(config), "--apply"])
    assert result.exit_code == 1
    assert "nothing was learned" in result.output
    assert not (tmp_path / "models").exists()
