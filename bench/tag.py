"""How fast the tagger is and how much memory it takes: `python bench/tag.py [--threads 2] [--full]`.

Posts of 60 and texts of 800 characters, in batches and one at a time. `--full` asks the encoder for every text,
as if TF-IDF and rules were never sure. Texts are made up from stock phrases; no two are equal.
"""

import argparse
import random
import resource
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from pipeline.model import Document, Mention
from pipeline.tag.default import MODEL, DefaultTagger
from pipeline.tag.judge import Judgement, load_judgement

SEEN = datetime(2026, 9, 1, tzinfo=UTC)
PHRASES = (
    "食堂三楼的麻辣烫又涨了两块钱", "宿舍晚上十一点准时断电", "图书馆四楼靠窗的位置一直没人坐",
    "期末考试安排下周公布", "辅导员在群里发了新的通知", "校园网今天晚上特别慢",
    "今年的奖学金评定细则和去年一样", "操场的灯终于修好了", "实习单位说下个月才能签协议",
    "选课系统八点开放", "北门外面那条路还在施工", "校医院周末只有一个医生值班",
    "老师讲的内容和考试没什么关系", "毕业答辩顺利通过", "招生简章写得很清楚", "军训改到了九月中旬",
    "快递点排队排了半个小时", "教学楼的电梯坏了三天", "有同学说收到冒充财务处的短信",
    "社团招新在大学生活动中心门口", "热水卡里的钱不知道怎么退", "体育馆周三不开放", "班里组织去博物馆参观",
    "双选会来了很多单位", "论文查重只有一次免费机会", "早上七点的课真的起不来", "新换的窗口味道还可以",
    "听说明年学费要调整", "隔壁寝室在放音乐", "晚霞很好看拍了几张照片",
)  # fmt: skip


def make_texts(chars: int, count: int) -> list[Document]:
    """`count` different posts of `chars` characters."""
    rng = random.Random(1)
    mention = Mention(True, (), "")
    found = []
    for n in range(count):
        words = f"{n}，"
        while len(words) < chars:
            words += rng.choice(PHRASES) + rng.choice("，。！？")
        found.append(Document(str(n), "s", "forum", None, None, None, words[:chars], "zh", None, SEEN, mention, str(n)))
    return found


def memory() -> float:
    """Largest resident size so far, MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measure_batch(tagger: DefaultTagger, documents: Sequence[Document]) -> tuple[float, float]:
    """Documents a second by the wall clock, and by processor time of one core."""
    wall, used = time.perf_counter(), time.process_time()
    tagger.tag(documents)
    return len(documents) / (time.perf_counter() - wall), len(documents) / (time.process_time() - used)


def measure_single(tagger: DefaultTagger, documents: Sequence[Document]) -> tuple[float, float]:
    """Median and 95th percentile of one at a time, ms."""
    times = []
    for document in documents:
        began = time.perf_counter()
        tagger.tag([document])
        times.append((time.perf_counter() - began) * 1000)
    times.sort()
    return times[len(times) // 2], times[int(len(times) * 0.95)]


def never_sure(judgement: Judgement) -> Judgement:
    """The same model with both gates closed."""
    tone, topic = (replace(mix, sure=1.01) for mix in (judgement.tone_mix, judgement.topic_mix))
    return replace(judgement, tone_mix=tone, topic_mix=topic)


def main() -> None:
    """Print one line per length."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--full", action="store_true")
    asked = parser.parse_args()
    before, began = memory(), time.perf_counter()
    judgement = load_judgement(MODEL, asked.threads)
    tagger = DefaultTagger(never_sure(judgement) if asked.full else judgement)
    tagger.tag(make_texts(60, 4))
    print(f"loaded in {time.perf_counter() - began:.2f} s, {memory() - before:.0f} MB more than Python and numpy")
    for chars, count in ((60, 1000), (800, 400)):
        documents = make_texts(chars, count)
        batch, core = measure_batch(tagger, documents)
        median, slow = measure_single(tagger, documents[:150])
        print(
            f"{chars:4d} characters: {batch:6.0f} a second in batches ({core:.0f} per core of processor time), "
            f"single {median:.1f} ms, p95 {slow:.1f} ms"
        )
    print(f"largest resident size {memory():.0f} MB")


if __name__ == "__main__":
    main()
