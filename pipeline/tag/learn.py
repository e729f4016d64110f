"""`tocsin train`: lessons in, heads out, or a sentence why not."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from pipeline.ingest import Tagger
from pipeline.model import TOPICS, Tags
from pipeline.tag.answer import TONES
from pipeline.tag.fit import Correction, Floats, Sample, Trial, fit_correction, try_correction
from pipeline.tag.lessons import Lesson
from pipeline.tag.own import Embed, OwnHeads, features, tone_row, topic_row
from pipeline.tag.prepare import tagging_text

Field = Literal["label", "topic"]
CLASSES: Mapping[Field, tuple[str, ...]] = {"label": TONES, "topic": TOPICS}
NAMES: Mapping[Field, str] = {"label": "tone", "topic": "topics"}
FEWEST = 20
STANDING_WEIGHT = 0.3


@dataclass(frozen=True, slots=True)
class Learned:
    """What became of one field: how many labels differed from the tagger and agreed with it, how many items stand in as
    right, the trial (None when there was too little), and the head (None when it is refused)."""

    field: Field
    corrected: int
    confirmed: int
    standing: int
    trial: Trial | None
    head: Correction | None

    @property
    def sentence(self) -> str:
        """For a person."""
        name = NAMES[self.field]
        if self.trial is None:
            return f"{name}: {self.corrected} corrections are too few to learn from; {FEWEST} are needed"
        trial, labels = self.trial, self.corrected + self.confirmed
        figures = (
            f"accuracy {trial.before.accuracy:.3f} -> {trial.after.accuracy:.3f}, "
            f"macro-F1 {trial.before.macro_f1:.3f} -> {trial.after.macro_f1:.3f} (5-fold cross-validation; "
            f"{trial.fixed} fixed, {trial.broken} broken)"
        )
        rows = f"{labels} labels of the office ({self.corrected} corrected, {self.confirmed} confirmed)"
        if self.head is None:
            return f"{name}: refused, it would not be better for sure: {figures}, from {rows}; nothing changes"
        return f"{name}: {figures}, from {rows} and {self.standing} items taken as right"


@dataclass(frozen=True, slots=True)
class Lecture:
    """Lessons as numbers: what the tagger says, what is wanted, and which rows the office spoke of."""

    sample: Sample
    corrected: int
    confirmed: int
    standing: int


def learn(
    lessons: Mapping[Field, Sequence[Lesson]], base: Tagger, embed: Embed
) -> tuple[OwnHeads | None, list[Learned]]:
    """Heads from the lessons on each field, and the report. None when no field is better for it."""
    known = read_all([lesson for field in lessons for lesson in lessons[field]], base, embed)
    if not known:
        return None, [Learned(field, 0, 0, 0, None, None) for field in lessons]
    mean = np.asarray(np.mean([embedding for _, embedding in known.values()], axis=0), np.float32)
    found = [learn_field(field, lessons[field], known, mean) for field in lessons]
    heads = {one.field: one.head for one in found}
    if not any(head is not None for head in heads.values()):
        return None, found
    about = {"rows": {NAMES[one.field]: one.corrected + one.confirmed for one in found if one.head is not None}}
    return OwnHeads(base.version, mean, heads.get("label"), heads.get("topic"), about), found


def read_all(lessons: Sequence[Lesson], base: Tagger, embed: Embed) -> dict[str, tuple[Tags, Floats]]:
    """By document: what the tagger says today, and the embedding. Texts with nothing to judge are left out."""
    documents = {lesson.document.id: lesson.document for lesson in lessons if tagging_text(lesson.document)}
    if not documents:
        return {}
    tags = base.tag(list(documents.values()))
    embeddings = embed([tagging_text(document) for document in documents.values()])
    return dict(zip(documents, zip(tags, embeddings, strict=True), strict=True))


def learn_field(
    field: Field, lessons: Sequence[Lesson], known: Mapping[str, tuple[Tags, Floats]], mean: Floats
) -> Learned:
    """Try and, when it helps, fit one head."""
    lecture = make_lecture(field, [lesson for lesson in lessons if lesson.document.id in known], known, mean)
    counts = (lecture.corrected, lecture.confirmed, lecture.standing)
    if lecture.corrected < FEWEST:
        return Learned(field, *counts, None, None)
    trial = try_correction(lecture.sample)
    head = fit_correction(lecture.sample, trial.pull) if trial.helps else None
    return Learned(field, *counts, trial, head)


def make_lecture(
    field: Field, lessons: Sequence[Lesson], known: Mapping[str, tuple[Tags, Floats]], mean: Floats
) -> Lecture:
    """Lessons as a sample. Where the office said nothing, what is wanted is what the tagger says."""
    names, row_of = CLASSES[field], tone_row if field == "label" else topic_row
    said = np.array([row_of(known[one.document.id][0]) for one in lessons], np.float32).reshape(-1, len(names))
    spoken = [n for n, one in enumerate(lessons) if one.office is not None]
    wanted = np.array(said)
    for n in spoken:
        wanted[n] = [float(name == lessons[n].office) for name in names]
    differs = wanted[spoken].argmax(axis=1) != said[spoken].argmax(axis=1)
    embeddings = np.array([known[one.document.id][1] for one in lessons], np.float32).reshape(-1, len(mean))
    weight = np.array([1.0 if one.office is not None else STANDING_WEIGHT for one in lessons], np.float32)
    given = features(said, embeddings, mean)
    sample = Sample(said, given, wanted, weight, tuple(one.group for one in lessons))
    wrong = int(differs.sum())
    return Lecture(sample, wrong, len(spoken) - wrong, len(lessons) - len(spoken))
