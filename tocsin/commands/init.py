"""`tocsin init`: a commented tocsin.toml from the school's name."""

import json
from collections.abc import Sequence
from pathlib import Path

import click

from alerts.pack import default_alerting, default_pack, show_numbers, show_severities
from alerts.words import Language
from crawlers.coverage import PLACES, CoverageSettings, coverage_line, find_coverage, read_used
from pipeline.match import suggest_aliases
from pipeline.model import TOPICS
from tocsin.config import load_config

STARTER = """# {head}
# {secrets}

[school]
name = {name}
english = {english}
timezone = "Asia/Shanghai"
# {aliases_note}
aliases = {aliases}
# {ambiguous_note}
ambiguous = {ambiguous}
campuses = []
# {own_note}
own_sources = []

[crawl]
# {contact_note}
contact = {contact}

{alerting}
[server]
# public_url = "https://tocsin.example.edu"   # {phone_note}

# ---- {channels_note}
[[channels]]
id = "terminal"
kind = "terminal"

# [[channels]]
# id = "wecom"                          # wecom, dingtalk, feishu, teams, slack …: docs/channels.md
# kind = "wecom"
# url = {{ env = "TOCSIN_WECOM" }}

# [[channels]]
# id = "mail"
# kind = "email"
# host = "smtp.example.edu"
# port = 587
# sender = "tocsin@example.edu"
# to = ["duty@example.edu"]
# user = "tocsin"
# password = {{ env = "TOCSIN_MAIL_PASSWORD" }}

# ---- {sources_note}
# {use_note}
# [[sources]]
# id = "school-news"
# name = "{source_name}"
# url = "https://news.example.edu/feed.xml"
# kind = "official"          # news official forum social complaint other
# via = "feed"               # feed sitemap listing forum wordpress
# minutes = 5
# consent = true

[coverage]
# {coverage_note}
used = {used}

{rules}"""
NOTES: dict[Language, dict[str, str]] = {
    "zh": {
        "head": "Tocsin 配置。改完后运行 tocsin check；只有 [school] name 是必填的。",
        "secrets": '密码和令牌不写在这里，只写在哪里找：{ env = "变量名" } 或 { file = "路径" }。',
        "aliases_note": "不会与别处混淆的简称",
        "ambiguous_note": "可能指别处的简称：旁边出现 context 中的词才算",
        "own_note": "整个来源都在谈学校（校园论坛、学校官网）：填来源 id，其中的内容不写校名也算",
        "contact_note": "被采集的网站要能联系到你们：邮箱或网页",
        "phone_note": "手机上的按钮需要它，见 docs/operating.md",
        "channels_note": "通知渠道，见 docs/channels.md",
        "sources_note": "来源：只读公开页面；默认每小时一次，本校或已同意的网站可更快（consent = true）",
        "use_note": "学生实际在用什么？校园论坛、公开版块、本地报纸、信访信箱都可以加；聊天群和需登录的平台看不到。",
        "coverage_note": "学生实际在用的地方（微信群、小红书、校园论坛……）；看不到的会在每份简报里写明，见 docs/sources.md",
        "source_name": "学校新闻网",
    },
    "en": {
        "head": "Configuration of Tocsin. Run `tocsin check` after a change; only [school] name is required.",
        "secrets": 'Secrets are never written here, only where they are: { env = "NAME" } or { file = "PATH" }.',
        "aliases_note": "short names that can only mean this school",
        "ambiguous_note": "short names that may mean others: they count only beside one of the context words",
        "own_note": "sources about the school as a whole (campus forum, own site): their items count without a name",
        "contact_note": "sites that are read must be able to reach you: a mail address or a page",
        "phone_note": "the buttons on phones need it, see docs/operating.md",
        "channels_note": "channels, see docs/channels.md",
        "sources_note": "sources: public pages, once an hour; faster for own or consenting sites (consent = true)",
        "use_note": "What do students really use? Public boards, local papers, complaint mailboxes; chat groups cannot be seen.",
        "coverage_note": "what students really use; every digest and briefing says which of it cannot be seen",
        "source_name": "School news",
    },
}
CONTEXT = ["学院", "学校", "校区", "食堂", "宿舍", "老师", "同学", "招生", "图书馆"]


@click.command()
@click.option("--name", prompt="学校全称 / the school's full name", help="The school's full name.")
@click.option("--english", default="", prompt="英文名 / English name (may be empty)", help="Its English name.")
@click.option("--contact", default="", prompt="联系邮箱 / contact address", help="For the sites that are read.")
@click.option(
    "--used",
    default="",
    prompt="学生实际在用什么（可空；如 微信群, 小红书, 校园论坛）/ what do students really use (may be empty)",
    help="Places by id or name, separated by commas: " + ", ".join(PLACES),
)
@click.option("--to", "target", type=click.Path(path_type=Path), default=Path("tocsin.toml"), show_default=True)
@click.option("--language", type=click.Choice(["zh", "en"]), default="zh", show_default=True)
@click.option("--force", is_flag=True, help="Replace an existing file.")
def init(
    name: str, english: str, contact: str, used: str, target: Path, language: Language, force: bool
) -> None:  # fmt: skip
    """Ask for the school's name, guess its short names, and write a commented tocsin.toml."""
    if target.exists() and not force:
        raise click.UsageError(f"{target} exists already; --force replaces it")
    if not name.strip():
        raise click.UsageError("the school's name is empty")
    try:
        places = read_used(used)
    except ValueError as error:
        raise click.UsageError(f"--used: {error}") from None
    text = make_config(name.strip(), english.strip(), contact.strip(), language, places)
    target.write_text(text, encoding="utf-8")
    click.echo(f"{target}\n")
    click.echo(coverage_line(find_coverage(CoverageSettings(places), []), language) + "\n")
    rules = load_config(target).config.rules
    click.echo(show_numbers(rules, language))
    click.echo(show_severities(rules, TOPICS, language))
    click.echo("tocsin check" if language == "en" else "下一步：填写来源，然后运行 tocsin check")


def make_config(name: str, english: str, contact: str, language: Language, used: Sequence[str] = ()) -> str:
    """The text of a starter configuration. Guessed names of three characters or fewer need context words."""
    guesses = [alias for alias in suggest_aliases(name) if alias != name]
    certain = [alias for alias in guesses if len(alias) > 3]
    short = [alias for alias in guesses if len(alias) <= 3]
    entries = (f"{{ name = {quote(alias)}, context = {quote(CONTEXT)} }}" for alias in short)
    ambiguous = f"[{', '.join(entries)}]"
    return STARTER.format(
        used=quote(list(used)), name=quote(name), english=quote(english), aliases=quote(certain), ambiguous=ambiguous, contact=quote(contact),
        alerting=default_alerting(language), rules=default_pack(language), **NOTES[language],
    )  # fmt: skip


def quote(value: object) -> str:
    """A TOML string or array of strings (JSON's form of them is TOML too)."""
    return json.dumps(value, ensure_ascii=False)
