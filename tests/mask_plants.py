"""Seeded makers of planted identities, planted names, ordinary sentences and ordinary numbers (all invented)."""

import random
from collections.abc import Callable, Iterator
from pathlib import Path

DATA = Path(__file__).parent / "data" / "mask"
FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")
SPOKEN = str.maketrans("0123456789", "零一二三四五六七八九")
FORMAL = str.maketrans("0123456789", "零壹贰叁肆伍陆柒捌玖")
RADIO = str.maketrans("0123456789", "零幺二三四五六七八九")


def lines(name: str) -> list[str]:
    """Lines of a list beside the tests, comments left out."""
    text = (DATA / name).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def digits(rng: random.Random, size: int) -> str:
    return "".join(rng.choice("0123456789") for _ in range(size))


def mobile(rng: random.Random) -> str:
    return rng.choice(["134", "135", "138", "150", "158", "176", "177", "185", "189", "199"]) + digits(rng, 8)


def identity(rng: random.Random) -> str:
    birthday = f"{rng.randint(1960, 2007)}{rng.randint(1, 12):02}{rng.randint(1, 28):02}"
    area = rng.choice(["110105", "310104", "420106", "440103", "510107", "330106"])
    return area + birthday + digits(rng, 3) + rng.choice("0123456789Xx")


def student(rng: random.Random) -> str:
    return f"20{rng.randint(18, 26)}{digits(rng, rng.choice([6, 7, 8, 9]))}"


def card(rng: random.Random) -> str:
    return rng.choice(["6222", "6217", "6228", "4367"]) + digits(rng, rng.choice([12, 15]))


def grouped(text: str, sizes: tuple[int, ...], mark: str) -> str:
    """`text` cut into groups with `mark` between; the last group takes the rest."""
    parts, rest = [], text
    for size in sizes:
        parts.append(rest[:size])
        rest = rest[size:]
    return mark.join([part for part in (*parts, rest) if part])


def disguised(rng: random.Random, number: str) -> str:
    """One of the ways in which people write a mobile number."""
    ways: list[Callable[[], str]] = [
        lambda: number,
        lambda: grouped(number, (3, 4), rng.choice(" -.·—")),
        lambda: grouped(number, (1,) * 11, rng.choice(" -·")),
        lambda: number.translate(FULL_WIDTH),
        lambda: number.translate(SPOKEN),
        lambda: number.translate(FORMAL),
        lambda: number.translate(RADIO),
        lambda: number[:3] + number[3:7].translate(SPOKEN) + number[7:],
        lambda: "+86 " + grouped(number, (3, 4), " "),
        lambda: "86-" + number,
        lambda: grouped(number, (5,), " "),
        lambda: grouped(number, (4, 4), " "),
        lambda: grouped(number, (3, 3), " "),
        lambda: grouped(number, (3, 4), "－"),
        lambda: grouped(number, (3, 4), "  "),
    ]
    return rng.choice(ways)()


def spaced(rng: random.Random, number: str) -> str:
    """An identity or card number as people write it."""
    ways: list[Callable[[], str]] = [
        lambda: number,
        lambda: number.translate(FULL_WIDTH),
        lambda: grouped(number, (6, 8), " ") if len(number) == 18 else grouped(number, (4, 4, 4, 4), " "),
        lambda: grouped(number, (6, 4, 4), "-") if len(number) == 18 else grouped(number, (4, 4, 4), "-"),
        lambda: number.translate(SPOKEN),
    ]
    return rng.choice(ways)()


def word(rng: random.Random) -> str:
    return rng.choice(["xiaoyu", "lovecat", "sunny", "leo", "wxm", "qiqi", "momo", "ahao", "dream", "ljx"])


def mail(rng: random.Random) -> str:
    name = f"{word(rng)}{rng.choice(['', '.', '_'])}{digits(rng, rng.randint(1, 4))}"
    host = rng.choice(["qq.com", "163.com", "gmail.com", "stu.haichuan.edu.cn", "outlook.com"])
    mark = rng.choice(["@", "＠", " @ ", "(at)", "#at#", "[at]"])
    return f"{name}{mark}{host}"


def plate(rng: random.Random) -> str:
    letters = "ABCDEFGHJKLMNPQRSTUVWXYZ"
    tail = digits(rng, 2) + rng.choice(letters) + digits(rng, rng.choice([2, 3]))
    return rng.choice("京沪粤鄂浙川") + rng.choice(letters) + rng.choice(["", "·", " ", "-"]) + tail


_PHONES = "我的电话{}有事打我|捡到请联系{}谢谢|联系方式：{}|{}是他手机|call me at {} please"
_HANDLES = ["小鹿乱撞", "momo酱", "lazy_cat", "一只咸鱼007", "Leo-W", "张同学爱吃糖"]
_LANDLINES = ["010-6275", "027-8768", "021 5423", "0755-2653"]


def planted_identities(seed: int, count: int) -> Iterator[tuple[str, str]]:
    """(sentence, the secret in it as written): `count` of them, kinds in turn."""
    rng = random.Random(seed)
    kinds: list[tuple[str, Callable[[], str]]] = [
        (_PHONES, lambda: disguised(rng, mobile(rng))),
        ("{}|卖二手书，{}，价格好说|急！{}！|电话号码{}，加我", lambda: disguised(rng, mobile(rng))),
        ("身份证{}丢了|号码是{}请帮忙找|证件号：{}|她的信息{}被挂出来了", lambda: spaced(rng, identity(rng))),
        ("学号{}的同学来领卡|学号：{}|{}这个学号被录错了|我{}，查不到成绩|student id {}", lambda: student(rng)),
        ("卡号{}转账|请打到{}|银行卡 {} 丢失|账户：{}", lambda: spaced(rng, card(rng))),
        ("邮箱{}|发到{}就行|简历投{}，谢谢|mail me: {}", lambda: mail(rng)),
        (
            "QQ{}|加qq：{}|扣扣 {}|我的QQ号是{}|q群号{}",
            lambda: rng.choice("123456789") + digits(rng, rng.randint(6, 9)),
        ),
        ("微信{}|加微信：{}|vx {}|V信{}|wechat: {}|微信号是{}", lambda: f"{word(rng)}_{digits(rng, 3)}"),
        ("微信同号{}|wx：{}", lambda: mobile(rng)),
        ("@{} 出来解释|感谢@{}|问问 @{}，怎么回事", lambda: rng.choice(_HANDLES)),
        ("{}乱停车|车牌{}挡路|有辆{}停在消防通道", lambda: plate(rng)),
        ("座机{}|办公室电话：{}|打{}投诉", lambda: rng.choice(_LANDLINES) + digits(rng, 4)),
    ]
    for number in range(count):
        sentences, make = kinds[number % len(kinds)]
        secret = make()
        yield rng.choice(sentences.split("|")).format(secret), secret


def person_name(rng: random.Random) -> str:
    """A made-up full name of two to four characters from common surnames and given-name characters."""
    surname = (
        rng.choice(lines("surnames.txt")[0]) if rng.random() < 0.96 else rng.choice(lines("surnames.txt")[1].split())
    )
    given = lines("given.txt")[0]
    return surname + "".join(rng.choice(given) for _ in range(1 if rng.random() < 0.2 else 2))


def planted_names(seed: int, count: int) -> Iterator[tuple[str, str]]:
    """(private post, the name in it)."""
    rng = random.Random(seed)
    shapes = lines("name_shapes.txt")
    for number in range(count):
        name = person_name(rng)
        yield shapes[number % len(shapes)].format(name), name


def nicknames() -> list[tuple[str, str]]:
    """(private post, the nickname in it)."""
    return [(line.split("|")[0], line.split("|")[1]) for line in lines("nicknames.txt")]


def ordinary_sentences(seed: int, count: int) -> list[str]:
    """Different everyday sentences without a person in them."""
    rng = random.Random(seed)
    slots: dict[str, list[str]] = {}
    shapes = []
    for line in lines("ordinary.txt"):
        key, _, value = line.partition("=")
        if value and key.isascii():
            slots[key] = value.split("|")
        else:
            shapes.append(line)
    made = dict.fromkeys(shape for shape in shapes if "{" not in shape)
    while len(made) < count:
        shape = rng.choice(shapes)
        made[shape.format_map({key: rng.choice(values) for key, values in slots.items()})] = None
    return list(made)[:count]


def ordinary_numbers() -> list[str]:
    """Sentences with dates, scores, prices, room-free counts and codes that lead to nobody."""
    return lines("numbers.txt")
