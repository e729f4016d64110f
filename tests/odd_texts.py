# ruff: noqa: E501 - a document is easier to read on one line
"""Odd documents: titles, texts, links and names."""

from odd_documents import BASE, BODY, ONE, TITLE, Case, atom, entry, feed_case, item, rss


def text_cases() -> list[Case]:
    """How titles and texts may be wrapped."""
    titles = (
        ("cdata", f"<![CDATA[{TITLE}]]>", TITLE, "CDATA"),
        ("cdata-twice", "<![CDATA[青石学院]]><![CDATA[二食堂恢复供餐]]>", TITLE, "two CDATA sections are one title"),
        ("cdata-mixed", "青石学院<![CDATA[二食堂]]>恢复供餐", TITLE, "text around CDATA"),
        ("cdata-markup", f"<![CDATA[<b>{TITLE}</b>]]>", TITLE, "mark-up in CDATA"),
        ("escaped-markup", f"&lt;b&gt;{TITLE}&lt;/b&gt;", TITLE, "escaped mark-up"),
        ("entity-amp", "食堂&amp;宿舍", "食堂&宿舍", "an escaped ampersand"),
        ("entity-amp-double", "食堂&amp;amp;宿舍", "食堂&宿舍", "an ampersand escaped twice"),
        ("entity-bare-amp", "食堂&宿舍 A&B", "食堂&宿舍 A&B", "a bare ampersand in a title"),
        ("entity-numeric", "&#38738;&#30707;学院", "青石学院", "characters by number"),
        ("entity-hex", "&#x9752;&#x77F3;学院", "青石学院", "characters by hexadecimal number"),
        (
            "entity-html",
            "青石&nbsp;学院&ldquo;开放日&rdquo;",
            "青石 学院“开放日”",
            "HTML's entities, which XML does not know",
        ),
        ("entity-unknown", "青石&nosuch;学院", "青石&nosuch;学院", "an entity nobody knows"),
        ("white-space", "\n   青石学院\n   恢复供餐\t ", "青石学院 恢复供餐", "line breaks inside a title"),
        ("less-than", "气温&lt;5度", "气温<5度", "a less-than sign that is no tag"),
        ("emoji", "食堂🍜开门", "食堂🍜开门", "characters outside the basic plane"),
        ("zero-width", "青石\u200b学院", "青石学院", "zero-width characters"),
        ("script", f"&lt;script&gt;alert(1)&lt;/script&gt;{TITLE}", TITLE, "a script in a title"),
        ("image", f"&lt;img src=x onerror=alert(1)&gt;{TITLE}", TITLE, "an image in a title"),
    )
    made = [
        feed_case(f"title-{name}", lesson, rss(item(given)), {"title": want}) for name, given, want, lesson in titles
    ]
    long = "青石学院" * 600
    made += [
        feed_case("title-long", "a title of 2,400 characters is no error", rss(item(long)), {"url": f"{BASE}/a/1.html"}),
        feed_case("title-absent", "no title: the text is enough", rss(f"<item><link>/a/1.html</link><description>{BODY}</description></item>"),
                  {"title": None, "url": f"{BASE}/a/1.html", "says": BODY}),
        feed_case("title-empty", "an empty title", rss(item("")), {"title": None, "says": BODY}),
        feed_case("item-empty", "an item that says nothing is left out", rss("<item></item>" + item()), ONE),
        feed_case("item-link-only", "an item of a link alone says nothing", rss("<item><link>/a/2.html</link></item>" + item()), ONE),
        feed_case("title-media", "a media title is not the item's", rss(item(more="<media:title>海报</media:title>"),
                  names=' xmlns:media="http://search.yahoo.com/mrss/"'), ONE),
        feed_case("title-dc-only", "only Dublin Core names it", rss(f"<item><dc:title>{TITLE}</dc:title><link>/a/1.html</link></item>",
                  names=' xmlns:dc="http://purl.org/dc/elements/1.1/"'), ONE),
        feed_case("text-content-encoded", "content:encoded wins over the description", rss(item(body="摘要", more=f"<content:encoded><![CDATA[<p>{BODY * 3}</p>]]></content:encoded>"),
                  names=' xmlns:content="http://purl.org/rss/1.0/modules/content/"'), ONE | {"says": BODY * 3}),
        feed_case("text-cdata-html", "HTML in CDATA", rss(item(body=f"<![CDATA[<p>{BODY}</p>]]>")), ONE | {"says": BODY}),
        feed_case("text-inline-html", "HTML that nobody escaped", rss(item(body=f"<p>{BODY}</p>")), ONE | {"says": BODY}),
        feed_case("text-angle", "text in angle brackets", rss(item(body="第&lt;1&gt;食堂" + BODY)), ONE),
        feed_case("atom-text", "type=text keeps its angle brackets", atom(entry(more=f'<content type="text">A&lt;B {BODY * 2}</content>')), ONE | {"says": BODY * 2}),
        feed_case("atom-html", "type=html", atom(entry(more=f'<content type="html">&lt;p&gt;{BODY * 2}&lt;/p&gt;</content>')), ONE | {"says": BODY * 2}),
        feed_case("atom-xhtml", "type=xhtml with its div", atom(entry(more=f'<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>{BODY * 2}</p></div></content>')), ONE | {"says": BODY * 2}),
        feed_case("atom-title-html", "a title of type html", atom(entry(f"&lt;i&gt;{TITLE}&lt;/i&gt;").replace("<title>&lt;", '<title type="html">&lt;')), ONE),
        feed_case("atom-title-xhtml", "a title of type xhtml", atom(entry().replace(f"<title>{TITLE}</title>", f'<title type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">{TITLE}</div></title>')), ONE),
        feed_case("atom-content-src", "content elsewhere: the summary is the text", atom(entry(more='<content src="/a/1.pdf" type="application/pdf"/>')), ONE | {"says": BODY}),
    ]  # fmt: skip
    return made


def link_cases() -> list[Case]:
    """Where an item lives, and by what it is known again."""
    links = (
        ("absolute", f"{BASE}/a/2.html", f"{BASE}/a/2.html", "an absolute link"),
        ("root", "/a/2.html", f"{BASE}/a/2.html", "relative to the host"),
        ("relative", "a/2.html", f"{BASE}/a/2.html", "relative to the channel's page"),
        ("dot", "./a/2.html", f"{BASE}/a/2.html", "a dot"),
        ("query", "?id=2", f"{BASE}/?id=2", "a query alone"),
        ("protocol", "//news.qingshi.example/a/2.html", f"{BASE}/a/2.html", "without a scheme"),
        ("spaces", f"\n  {BASE}/a/2.html\n ", f"{BASE}/a/2.html", "white space around"),
        ("cdata", f"<![CDATA[{BASE}/a/2.html]]>", f"{BASE}/a/2.html", "in CDATA"),
        ("amp", f"{BASE}/show?id=2&amp;c=3", f"{BASE}/show?id=2&c=3", "an escaped ampersand in a link"),
        ("bare-amp", f"{BASE}/show?id=2&c=3", f"{BASE}/show?id=2&c=3", "a bare ampersand"),
        ("chinese", f"{BASE}/新闻/2.html", f"{BASE}/新闻/2.html", "Chinese in the path"),
        ("port", "https://news.qingshi.example:8443/a/2.html", "https://news.qingshi.example:8443/a/2.html", "a port"),
        ("fragment", f"{BASE}/a/2.html#top", f"{BASE}/a/2.html#top", "a fragment"),
    )
    made = [
        feed_case(f"link-{name}", lesson, rss(item(link=given)), {"url": want}) for name, given, want, lesson in links
    ]
    unsafe = ("javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "mailto:a@example.org", "ftp://a.example/x",
              "http://", "https:///x", "about:blank", "vbscript:x")  # fmt: skip
    made += [
        feed_case(f"link-unsafe-{number}", f"{given.split(':')[0]}: is no link; the feed's page stands in",
                  rss(item(link=given)), {"title": TITLE, "url": f"{BASE}/"})
        for number, given in enumerate(unsafe)
    ]  # fmt: skip
    two = item("一号通知", "/a/1.html", "<guid>x</guid>") + item("二号通知", "/a/2.html", "<guid>x</guid>")
    made += [
        feed_case("guid-duplicate", "two items of one guid are two", rss(two), {"title": "一号通知"}, {"title": "二号通知"}),
        feed_case("guid-permalink", "a guid that is the link", rss(f'<item><title>{TITLE}</title><guid>{BASE}/a/1.html</guid></item>'), ONE),
        feed_case("guid-no-permalink", "a guid that says it is no link", rss(f'<item><title>{TITLE}</title><guid isPermaLink="false">{BASE}/x</guid></item>'), {"title": TITLE}),
        feed_case("item-twice", "the same item twice is one", rss(item() * 2), ONE),
        feed_case("item-same-link-other-title", "one page, two matters", rss(item("一号通知") + item("二号通知")), {"title": "一号通知"}, {"title": "二号通知"}),
        feed_case("link-atom-in-rss", "an Atom link inside RSS", rss(f'<item><title>{TITLE}</title><a:link href="{BASE}/a/1.html"/></item>', names=' xmlns:a="http://www.w3.org/2005/Atom"'), ONE),
        feed_case("link-rdf-about", "RSS 1.0 items are in no channel", '<?xml version="1.0"?><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/">'
                  f'<channel rdf:about="{BASE}/"><title>x</title><link>{BASE}/</link></channel><item rdf:about="{BASE}/a/1.html"><title>{TITLE}</title><link>{BASE}/a/1.html</link></item></rdf:RDF>', ONE),
        feed_case("link-atom-alternate", "the alternate among many links", atom(entry(link='<link rel="edit" href="/e"/><link rel="alternate" href="/a/1.html"/><link rel="enclosure" href="/a.mp3"/>')), ONE),
        feed_case("link-atom-no-rel", "no rel is alternate", atom(entry(link='<link rel="self" href="/s"/><link href="/a/1.html"/>')), ONE),
        feed_case("link-atom-base-on-feed", "xml:base on the feed", atom(entry(link='<link href="1.html"/>'), attributes=f' xml:base="{BASE}/a/"'), ONE),
        feed_case("link-atom-feed-folder", "relative to the feed's own address", atom(entry(link='<link href="a/1.html"/>')), ONE),
        feed_case("link-enclosure-only", "an attachment is no page", rss(f'<item><title>{TITLE}</title><enclosure url="{BASE}/a.mp3" length="1" type="audio/mpeg"/></item>'), {"title": TITLE}),
        feed_case("link-comments", "the comments' page is not the article", rss(item(more=f"<comments>{BASE}/a/1.html#c</comments>")), ONE),
        feed_case("link-channel-relative", "a channel without a page", rss(item()).replace(f"<link>{BASE}/</link>", ""), ONE),
    ]  # fmt: skip
    return made
