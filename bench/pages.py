"""Chinese pages in the shapes of the systems that schools and their press use, with the main text known.

Each shape is written by hand after what such pages look like (classes, order of blocks, what stands around the text);
words are made up. The main text is what an editor has written below the title: paragraphs, tables, the sign-off, names of
attachments inside the text. Not the title, time, source, counters, editors, attachments outside, neighbours, sharing.
"""

# ruff: noqa: E501 - markup is read easier in one piece

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html import escape

from bench.corpus import Writer

OFFICES = ("教务处", "后勤管理处", "学生工作部", "图书馆", "招生办公室", "保卫处", "校医院", "信息化办公室")
NAV = (
    "学校概况",
    "机构设置",
    "师资队伍",
    "人才培养",
    "科学研究",
    "招生就业",
    "合作交流",
    "校园文化",
    "信息公开",
    "图书档案",
)
SEED = 23


@dataclass(frozen=True)
class Sample:
    """One page: its shape, its bytes as served, and its main text line by line."""

    shape: str
    body: bytes
    text: str


@dataclass(frozen=True)
class Story:
    """What an editor has written. `rows` is a table, `tail` the sign-off and its date."""

    title: str
    lines: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    files: tuple[str, ...]
    tail: tuple[str, ...]


class Editor:
    """Writes stories and everything around them."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self._writer = Writer(seed)

    def words(self, least: int, most: int) -> str:
        """Some words without line ends."""
        return "".join(self._writer.text(self.random.randint(least, most)).split())

    def story(self, lines: tuple[int, int], table: bool = False, files: int = 0, tail: bool = True) -> Story:
        """A story of so many paragraphs."""
        paragraphs = [self.words(30, 180).rstrip("。") + "。" for _ in range(self.random.randint(*lines))]
        head = ("序号", "课程名称", "时间", "地点")
        body = [(str(n), self.words(4, 8), f"{n + 8}:30", f"{self.words(2, 4)}{n}0{n}") for n in range(1, 7)]
        names = [
            f"附件{n}：{self.words(8, 16)}.{self.random.choice(('docx', 'xlsx', 'pdf'))}" for n in range(1, files + 1)
        ]
        signed = (self.random.choice(OFFICES), self.date()) if tail else ()
        return Story(self.words(12, 26), tuple(paragraphs), (head, *body) if table else (), tuple(names), signed)

    def date(self) -> str:
        """A day as it is written under a notice."""
        return f"2026年{self.random.randint(1, 12)}月{self.random.randint(1, 28)}日"

    def links(self, number: int, dated: bool = False) -> str:
        """A list of other stories."""
        rows = []
        for n in range(number):
            when = f"<span>2026-{self.random.randint(10, 12)}-{self.random.randint(10, 28)}</span>" if dated else ""
            rows.append(f'<li><a href="/info/{n}.htm">{escape(self.words(10, 24))}</a>{when}</li>')
        return f"<ul>{''.join(rows)}</ul>"


Shape = Callable[[Editor], tuple[str, Story]]


def nav(kind: str = "nav") -> str:
    """The menu of a school."""
    items = "".join(
        f'<li><a href="/{n}.htm">{name}</a><ul><li><a href="#">{name}一览</a></li></ul></li>'
        for n, name in enumerate(NAV)
    )
    return f'<div class="{kind}"><div class="logo"><a href="/"><img src="/logo.png" alt="青石学院"></a></div><ul>{items}</ul></div>'


FOOTER = (
    '<div class="footer"><div class="links">友情链接：<a href="#">教育部</a> <a href="#">省教育厅</a> <a href="#">中国教育在线</a></div>'
    "<p>地址：青石市学府路18号 邮编：400000 电话：023-60000000</p><p>版权所有 © 青石学院 渝ICP备00000000号 技术支持：信息化办公室</p></div>"
)
SHARE = '<div class="bdsharebuttonbox share">分享到：<a class="weixin">微信</a><a class="weibo">微博</a><a class="qq">QQ空间</a></div>'


def paragraphs(story: Story, wrap: str = "<p>{}</p>", indent: str = "") -> str:
    """The paragraphs and the table of a story."""
    text = "".join(wrap.format(indent + escape(line)) for line in story.lines)
    if story.rows:
        cells = ("".join(f"<td>{escape(cell)}</td>" for cell in row) for row in story.rows)
        text += f'<table border="1"><tbody>{"".join(f"<tr>{row}</tr>" for row in cells)}</tbody></table>'
    return text


def signed(story: Story, wrap: str = '<p style="text-align:right">{}</p>') -> str:
    """The sign-off."""
    return "".join(wrap.format(escape(line)) for line in story.tail)


def page(title: str, body: str, head: str = "") -> str:
    """A whole document."""
    return f'<!DOCTYPE html><html lang="zh-CN"><head><meta charset="utf-8"><title>{title}</title>{head}<script>var a=1;</script></head><body>{body}</body></html>'


# ---------------------------------------------------------------- 博达 (VSB)


def vsb(editor: Editor, story: Story, inside: str = "") -> str:
    """A page of 博达: the text in #vsb_content, attachments and neighbours below it in the same form."""
    outside = "".join(
        f'<li>附件【<a href="/dl.jsp?id={n}">{escape(name)}</a>】已下载<span>{n * 7}</span>次</li>'
        for n, name in enumerate(story.files)
    )
    return page(
        f"{story.title}-青石学院",
        f'{nav()}<div class="position">当前位置：<a href="/">首页</a> &gt; <a href="/tz.htm">通知公告</a> &gt; 正文</div>'
        f'<div class="left"><h2>通知公告</h2>{editor.links(6)}</div><form name="_newscontent_fromname"><div class="content">'
        f'<h3>{story.title}</h3><div class="xx">发布时间：2026-03-05 08:30&nbsp;&nbsp;作者：&nbsp;&nbsp;来源：{OFFICES[0]}&nbsp;&nbsp;浏览次数：<span id="dynclicks">311</span></div>'
        f'<div id="vsb_content"><div class="v_news_content">{paragraphs(story, "<p class=indent><span>{}</span></p>")}{inside}{signed(story)}</div></div>'
        f'<ul style="list-style-type:none">{outside}</ul><p>上一条：<a href="1.htm">{editor.words(10, 20)}</a></p><p>下一条：<a href="2.htm">{editor.words(10, 20)}</a></p>'
        f'<p>【<a href="#">关闭</a>】</p></div></form>{FOOTER}',
    )


def vsb_news(editor: Editor) -> tuple[str, Story]:
    story = editor.story((4, 9))
    return vsb(editor, story), story


def vsb_short(editor: Editor) -> tuple[str, Story]:
    story = editor.story((1, 1))
    return vsb(editor, story), story


def vsb_table(editor: Editor) -> tuple[str, Story]:
    story = editor.story((1, 3), table=True)
    return vsb(editor, story), story


def vsb_files(editor: Editor) -> tuple[str, Story]:
    story = editor.story((2, 4), files=3)
    bare = Story(story.title, story.lines, (), (), story.tail)
    return vsb(editor, story), bare


def vsb_files_inside(editor: Editor) -> tuple[str, Story]:
    story = editor.story((2, 4), files=2)
    inside = "".join(f"<p>{escape(name)}</p>" for name in story.files)
    bare = Story(story.title, story.lines, (), (), story.tail)
    return vsb(editor, bare, inside), story


# ---------------------------------------------------------------- other systems of schools


def webplus(editor: Editor) -> tuple[str, Story]:
    """苏迪 WebPlus."""
    story = editor.story((3, 7))
    body = (
        f'{nav("wp-navi")}<div class="col_menu"><h3>新闻中心</h3>{editor.links(5)}</div><div class="article"><h1 class="arti_title">{story.title}</h1>'
        '<p class="arti_metas"><span class="arti_publisher">发布者：宣传部</span><span class="arti_update">发布时间：2026-03-05</span>'
        '<span class="arti_views">浏览次数：<span class="WP_VisitCount">88</span></span></p>'
        f'<div class="entry"><div class="read"><div class="wp_articlecontent">{paragraphs(story, indent="&nbsp;&nbsp;&nbsp;&nbsp;")}{signed(story)}</div></div></div></div>'
        f'<div class="sidebar"><h3>最新新闻</h3>{editor.links(8, dated=True)}</div>{FOOTER}'
    )
    return page(story.title, body), story


def old_tables(editor: Editor) -> tuple[str, Story]:
    """A page of about 2005: tables in tables, lines ended by <br>, served as GBK."""
    story = editor.story((3, 6))
    text = "<br><br>".join(f"　　{escape(line)}" for line in (*story.lines, *story.tail))
    menu = "".join(f'<td class="menu"><a href="/{n}.asp">{name}</a></td>' for n, name in enumerate(NAV))
    body = (
        f'<table width="980"><tr>{menu}</tr></table><table width="980"><tr><td width="200" valign="top"><b>热点文章</b>{editor.links(8)}</td>'
        f'<td valign="top"><table><tr><td align="center"><font size="4"><b>{story.title}</b></font></td></tr>'
        '<tr><td align="center">作者：admin 发布时间：2026-3-5 点击数：512 【字体：<a>大</a> <a>中</a> <a>小</a>】</td></tr>'
        f'<tr><td class="content"><font size="3">{text}</font></td></tr><tr><td align="right">【<a>打印此文</a>】【<a>关闭窗口</a>】</td></tr>'
        f"</table></td></tr></table>{FOOTER}"
    )
    return page(story.title, body).replace('charset="utf-8"', 'charset="gb2312"'), story


def government(editor: Editor) -> tuple[str, Story]:
    """An office of education."""
    story = editor.story((4, 8))
    body = (
        f'{nav("header-nav")}<div class="crumbs">您现在的位置：首页 &gt; 政务公开 &gt; 通知</div><div class="wrap"><h1>{story.title}</h1>'
        '<div class="pages-date">2026-03-05 16:20 来源： 省教育厅 <span class="font">字号：<span>默认</span> <span>大</span> <span>超大</span></span> | <a>打印</a></div>'
        f'<div class="pages_content" id="UCAP-CONTENT">{paragraphs(story, indent="　　")}{signed(story)}</div>'
        f'<div class="related"><h2>相关稿件</h2>{editor.links(4)}</div>{SHARE}<div class="qr">扫一扫在手机打开当前页</div></div>{FOOTER}'
    )
    return page(story.title, body), story


# ---------------------------------------------------------------- the press


def agency(editor: Editor) -> tuple[str, Story]:
    """Like news.cn: spaces for indents, the editor's name and a correction link below."""
    story = editor.story((5, 12), tail=False)
    body = (
        f'<div class="topAd">广告</div>{nav("nav domPC")}<div class="header domPC"><div class="header-time"><span class="year">2026</span><span class="day">03/05</span><span class="time">09:12:33</span></div>'
        f'<div class="source">来源：青石日报</div><div class="head-line"><h1><span class="title">{story.title}</span></h1></div></div>'
        f'<div class="main clearfix"><div class="main-left left"><div id="detail"><span id="detailContent">{paragraphs(story, indent="　　")}</span>'
        '<div class="ad">广告位招租</div></div><div class="tiyi1"><a>【纠错】</a><span class="editor">【责任编辑:王某某 】</span></div>'
        f'<div class="nextpage clearfix"><div class="nextpage-tit">阅读下一篇：</div><div class="nextpage-cont"><a>{editor.words(12, 24)}</a></div></div></div>'
        f'<div class="main-right right"><h2>深度观察</h2>{editor.links(5)}<h2>新闻评论</h2>{editor.links(5)}</div></div>{SHARE}{FOOTER}'
    )
    return page(f"{story.title}-青石网", body), story


def city_paper(editor: Editor) -> tuple[str, Story]:
    """A paper of the city: teaser above, recommendations and reader comments below."""
    story = editor.story((4, 9), tail=False)
    comments = "".join(
        f'<div class="comment-item"><span class="user">网友{n}</span><p>{editor.words(15, 60)}</p></div>'
        for n in range(5)
    )
    cards = "".join(
        f'<div class="card"><h4><a>{editor.words(10, 20)}</a></h4><p>{editor.words(30, 60)}……</p></div>'
        for _ in range(4)
    )
    body = (
        f'<header>{nav("top")}</header><div class="layout"><div class="LEFT"><h1>{story.title}</h1><div class="info"><span>2026-03-05 07:15</span><span>青石晚报</span></div>'
        f'<div class="text-main">{paragraphs(story)}</div><div class="tags"><a>教育</a><a>校园</a></div><div class="declare">免责声明：本文来自青石晚报，不代表本平台的观点和立场。</div>'
        f'<div class="recommend"><h3>相关推荐</h3>{cards}</div><div class="comment-list"><h3>网友评论 仅供其表达个人看法</h3>{comments}</div></div>'
        f'<aside class="RIGHT"><h3>热门排行</h3>{editor.links(10)}</aside></div><footer>{FOOTER}</footer>'
    )
    return page(f"{story.title}_青石晚报", body), story


# ---------------------------------------------------------------- WordPress, Ghost, accounts, div soup


def wordpress(editor: Editor) -> tuple[str, Story]:
    story = editor.story((3, 7), tail=False)
    head = f'<meta property="og:title" content="{story.title}"><meta property="article:published_time" content="2026-03-05T08:30:00+08:00">'
    body = (
        f'<header class="site-header">{nav("main-navigation")}</header><main><article class="post hentry"><header class="entry-header"><h1 class="entry-title">{story.title}</h1>'
        '<div class="entry-meta"><span class="posted-on"><time datetime="2026-03-05T08:30:00+08:00">2026年3月5日</time></span><span class="byline"> 作者 <span class="author vcard">admin</span></span></div></header>'
        f'<div class="entry-content">{paragraphs(story)}<div class="sharedaddy sd-sharing-enabled"><h3>分享此文：</h3><ul><li><a>点击以在 Twitter 上共享</a></li><li><a>点击以在微博上共享</a></li></ul></div>'
        f'<div id="jp-relatedposts" class="jp-relatedposts"><h3>相关</h3>{editor.links(3)}</div></div><footer class="entry-footer">发布于<a>新闻</a> 标签：<a>校园</a></footer></article>'
        f'<nav class="post-navigation"><a>上一篇文章：{editor.words(8, 18)}</a><a>下一篇文章：{editor.words(8, 18)}</a></nav><section id="comments"><h2>2 条评论</h2><ol><li class="comment"><p>{editor.words(20, 50)}</p></li></ol>'
        f'<form class="comment-form"><p>您的邮箱地址不会被公开。 必填项已用 * 标注</p></form></section></main><aside class="widget-area"><h2>近期文章</h2>{editor.links(5)}</aside>{FOOTER}'
    )
    return page(f"{story.title} – 青石校园", body, head), story


def wordpress_blocks(editor: Editor) -> tuple[str, Story]:
    story = editor.story((3, 7), table=True, tail=False)
    body = (
        f'<div class="wp-site-blocks"><header class="wp-block-template-part">{nav("wp-block-navigation")}</header><main class="wp-block-group"><h1 class="wp-block-post-title">{story.title}</h1>'
        f'<div class="wp-block-post-date"><time datetime="2026-03-05">2026年3月5日</time></div><div class="entry-content wp-block-post-content is-layout-constrained">{paragraphs(story)}</div>'
        f'<div class="wp-block-comments"><h2>评论</h2><p>{editor.words(20, 40)}</p><p>发表回复</p></div><div class="wp-block-query"><h2>更多文章</h2>{editor.links(4)}</div></main><footer>{FOOTER}</footer></div>'
    )
    return page(story.title, body), story


def ghost(editor: Editor) -> tuple[str, Story]:
    story = editor.story((3, 8), tail=False)
    cards = "".join(
        f'<article class="gh-card post"><a><h3 class="gh-card-title">{editor.words(8, 18)}</h3><p class="gh-card-excerpt">{editor.words(40, 80)}</p></a></article>'
        for _ in range(3)
    )
    body = (
        f'<div class="gh-site">{nav("gh-head")}<main class="gh-main"><article class="gh-article"><header class="gh-article-header"><span class="gh-article-tag">校园</span><h1 class="gh-article-title">{story.title}</h1>'
        f'<time datetime="2026-03-05">Mar 5, 2026</time> — 3 min read</header><section class="gh-content gh-canvas">{paragraphs(story)}</section></article><section class="gh-subscribe"><h3>订阅青石校园</h3><p>不错过任何一篇新文章，随时可以退订。</p>'
        f'<form><button>订阅</button></form></section><section class="gh-readmore"><h3>继续阅读</h3>{cards}</section></main><footer class="gh-foot">青石校园 © 2026 Powered by Ghost</footer></div>'
    )
    return page(story.title, body), story


def account(editor: Editor) -> tuple[str, Story]:
    """The page of a public account: sections in sections, every line a span."""
    story = editor.story((6, 14), tail=False)
    wrap = '<section style="margin:8px"><section><p><span style="font-size:15px"><span>{}</span></span></p></section></section>'
    body = (
        f'<div id="page-content"><div class="rich_media_inner"><h1 class="rich_media_title">{story.title}</h1><div id="meta_content"><span class="rich_media_meta_nickname"><a>青石学院</a></span><em>2026年3月5日 18:00</em></div>'
        f'<div class="rich_media_content" id="js_content"><section>{paragraphs(story, wrap)}</section></div><div class="rich_media_tool"><span>阅读</span><span>1234</span><span>在看</span></div>'
        '<div class="qr_code_pc"><p>微信扫一扫<br>关注该公众号</p></div></div></div>'
    )
    return page(story.title, body), story


def div_soup(editor: Editor) -> tuple[str, Story]:
    """A page made by a program: hashed classes, a <div> for every line."""
    story = editor.story((4, 9))
    lines = "".join(
        f'<div class="_{n}x9f"><span>{escape(line)}</span></div>' for n, line in enumerate((*story.lines, *story.tail))
    )
    body = (
        f'<div id="app">{nav("_3kd2")}<div class="_8sj1"><div class="_h1">{story.title}</div><div class="_m2">2026-03-05 08:30 · 学生工作部 · 阅读 233</div><div class="_b7">{lines}</div>'
        f'<div class="_p4"><div>上一篇 {editor.words(10, 20)}</div><div>下一篇 {editor.words(10, 20)}</div></div></div><div class="_s5"><div>推荐阅读</div>{editor.links(6)}</div>{FOOTER}</div>'
    )
    return page(story.title, body), story


SHAPES: dict[str, Shape] = {
    "博达 news": vsb_news, "博达 short notice": vsb_short, "博达 table": vsb_table, "博达 attachments below": vsb_files,
    "博达 attachments inside": vsb_files_inside, "WebPlus": webplus, "tables of 2005, GBK": old_tables, "office of education": government,
    "news.cn-like": agency, "city paper with comments": city_paper, "WordPress": wordpress, "WordPress blocks": wordpress_blocks,
    "Ghost": ghost, "public account": account, "div soup": div_soup,
}  # fmt: skip


def make_pages(each: int = 6, seed: int = SEED) -> Iterator[Sample]:
    """`each` pages of every shape; the same for every run of a seed."""
    for place, (name, shape) in enumerate(SHAPES.items()):
        editor = Editor(seed + place)
        for _ in range(each):
            html, story = shape(editor)
            coding = "gbk" if "gb2312" in html else "utf-8"
            rows = [" ".join(row) for row in story.rows]
            yield Sample(
                name,
                html.encode(coding, "xmlcharrefreplace"),
                "\n".join([*story.lines, *rows, *story.files, *story.tail]),
            )
