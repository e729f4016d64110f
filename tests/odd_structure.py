# ruff: noqa: E501 - a document is easier to read on one line
"""Odd documents: versions, breakage, and what is refused."""

from odd_documents import BASE, HOUR_8, ONE, TITLE, Case, atom, entry, feed_case, item, rss


def structure_cases() -> list[Case]:
    """Versions, name spaces, breakage, and what a feed says of itself."""
    bare = f"<channel><title>x</title><link>{BASE}/</link>{item()}</channel>"
    good = rss(item())
    two = rss(item("一号通知", "/a/1.html") + item("二号通知", "/a/2.html"))
    return [
        feed_case("version-091", "RSS 0.91", f'<rss version="0.91">{bare}</rss>', ONE),
        feed_case("version-092", "RSS 0.92", f'<rss version="0.92">{bare}</rss>', ONE),
        feed_case("version-094", "RSS 0.94, which nobody published", f'<rss version="0.94">{bare}</rss>', ONE),
        feed_case("version-none", "no version", f"<rss>{bare}</rss>", ONE),
        feed_case("version-namespace", "RSS 2.0 with a default name space", f'<rss version="2.0" xmlns="http://backend.userland.com/rss2">{bare}</rss>', ONE),
        feed_case("version-rdf-items", "RSS 1.0 with a table of contents", '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/">'
                  f'<channel rdf:about="x"><title>x</title><link>{BASE}/</link><items><rdf:Seq><rdf:li rdf:resource="{BASE}/a/1.html"/></rdf:Seq></items></channel><item rdf:about="{BASE}/a/1.html"><title>{TITLE}</title><link>{BASE}/a/1.html</link></item></rdf:RDF>', ONE),
        feed_case("version-atom-03", "Atom 0.3", f'<feed version="0.3" xmlns="http://purl.org/atom/ns#"><title>x</title><entry><title>{TITLE}</title><link rel="alternate" type="text/html" href="{BASE}/a/1.html"/><id>1</id><issued>2026-11-24T08:00:00+08:00</issued></entry></feed>', ONE | {"published": HOUR_8}),
        feed_case("atom-prefixed", "every element with a prefix", f'<a:feed xmlns:a="http://www.w3.org/2005/Atom"><a:title>x</a:title><a:entry><a:title>{TITLE}</a:title><a:link href="{BASE}/a/1.html"/><a:id>1</a:id></a:entry></a:feed>', ONE),
        feed_case("atom-published-updated", "published wins over updated", atom(entry(more="<published>2026-11-24T08:00:00+08:00</published><updated>2026-11-24T09:00:00+08:00</updated>")), ONE | {"published": HOUR_8}),
        feed_case("atom-updated-only", "updated where nothing was published", atom(entry(more="<updated>2026-11-24T08:00:00+08:00</updated>")), ONE | {"published": HOUR_8}),
        feed_case("atom-source", "the source's own title and date are not the entry's", atom(entry(more="<updated>2026-11-24T08:00:00+08:00</updated><source><title>别处</title><id>y</id><updated>2020-01-01T00:00:00Z</updated></source>")), ONE | {"published": HOUR_8}),
        feed_case("author-dropped", "authors of news are dropped", rss(item(more="<author>zhang@example.org (张三)</author><dc:creator>张三</dc:creator>"), names=' xmlns:dc="http://purl.org/dc/elements/1.1/"'), ONE | {"voice": None}),
        feed_case("author-voice", "a forum's author becomes the voice", rss(item(more="<dc:creator>user42</dc:creator>"), names=' xmlns:dc="http://purl.org/dc/elements/1.1/"'), {"title": TITLE, "voice": "user42"}, kind="forum"),
        feed_case("namespace-undeclared", "a prefix that nobody declared", rss(item(more="<x:thing>1</x:thing>")), ONE),
        feed_case("namespace-unknown", "a name space that nobody knows", rss(item(more="<x:thing>1</x:thing>"), names=' xmlns:x="urn:x"'), ONE),
        feed_case("image-title", "the channel's picture has a title, too", rss(item(), "<image><title>图</title><url>/x.png</url><link>/</link></image>"), ONE),
        feed_case("textinput", "the channel's search field has a title, too", rss(item(), "<textInput><title>搜</title><name>q</name><link>/s</link></textInput>"), ONE),
        feed_case("items-before-head", "items before the channel's title", f'<rss version="2.0"><channel>{item(link=f"{BASE}/a/1.html")}<title>x</title></channel></rss>', ONE),
        feed_case("stylesheet", "a style sheet before the root", good.replace("<rss", '<?xml-stylesheet href="/x.xsl" type="text/xsl"?><rss'), ONE),
        feed_case("doctype", "a document type without entities", good.replace("<rss", '<!DOCTYPE rss PUBLIC "-//Netscape//DTD RSS 0.91//EN" "http://a.example/rss.dtd"><rss'), ONE),
        feed_case("comment-with-item", "an item in a comment is none", rss(f"<!-- {item('旧的', '/a/0.html')} -->{item()}"), ONE),
        feed_case("upper-case-items", "element names in capitals", good.replace("<item>", "<ITEM>").replace("</item>", "</ITEM>"), count=1),
        feed_case("broken-cut", "cut off behind the first item", two[: two.index("二号") + 2], {"title": "一号通知"}, count=None),
        feed_case("broken-no-close", "nothing is closed at the end", good.replace("</channel></rss>", ""), ONE),
        feed_case("broken-tag-order", "tags closed in the wrong order", good.replace("</description></item>", "</item></description>"), count=1),
        feed_case("broken-attribute", "an attribute without quotes", good.replace('version="2.0"', "version=2.0"), ONE),
        feed_case("broken-junk-behind", "words behind the end", good + "<script>track()</script><!-- 0.2s -->", ONE),
        feed_case("broken-warning-before", "a server's warning before the feed", "Warning: mysql_connect() in /x.php on line 3\n" + good, count=1),
        feed_case("channel-twice", "two channels", good.replace("</rss>", "") + rss(item("二号通知", "/a/2.html")).split("?>")[1].replace('<rss version="2.0">', ""), count=2),
        feed_case("ttl", "what the feed asks for", rss(item(), "<ttl>90</ttl>"), ONE, ttl=90),
        feed_case("ttl-zero", "a ttl of nothing asks for nothing", rss(item(), "<ttl>0</ttl>"), ONE, ttl=None),
        feed_case("ttl-words", "a ttl in words asks for nothing", rss(item(), "<ttl>hourly</ttl>"), ONE, ttl=None),
        feed_case("ttl-huge", "at most a day", rss(item(), "<ttl>99999</ttl>"), ONE, ttl=1440),
        feed_case("sy-daily-twice", "twice a day", rss(item(), "<sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>2</sy:updateFrequency>", names=' xmlns:sy="http://purl.org/rss/1.0/modules/syndication/"'), ONE, ttl=720),
        feed_case("hub-header", "the hub in HTTP's Link", good, ONE, headers={"link": '<https://hub.example/>; rel="hub", </feed>; rel="self"'}, hub="https://hub.example/"),
        feed_case("hub-element", "the hub in the feed", rss(item(), '<a:link rel="hub" href="https://hub.example/"/>', names=' xmlns:a="http://www.w3.org/2005/Atom"'), ONE, hub="https://hub.example/"),
        feed_case("five-thousand", "5,000 entries: the first 2,000", rss("".join(item(f"第{n}条", f"/a/{n}.html") for n in range(5000))), count=2000),
        feed_case("empty-channel", "no items is an answer, not an error", rss(""), count=0),
    ]  # fmt: skip


REFUSED: tuple[tuple[str, str, str, str], ...] = (
    ("nothing", "", "empty", "an empty answer"),
    ("spaces", "  \n\t ", "empty", "white space alone"),
    ("html", "<!doctype html><html><body>登录</body></html>", "web page", "a web page"),
    ("html-upper", "<HTML><HEAD></HEAD></HTML>", "web page", "a web page in capitals"),
    ("words", "维护中，请稍后再试", "not a feed", "words"),
    ("json-list", "[1, 2]", "not a JSON Feed", "JSON that is no feed"),
    ("json-null", "{}", "not a JSON Feed", "an empty object"),
    ("json-cut", '{"version": "https://jsonfeed.org/version/1", "items": [', "JSON", "JSON that is cut off"),
    ("json-items-object", '{"items": {"0": {}}}', "not a JSON Feed", "items that are no list"),
    ("entities", '<!DOCTYPE r [<!ENTITY a "x">]><rss><channel><item><title>&a;</title></item></channel></rss>', "entities", "own entities"),
    ("entity-file", '<!DOCTYPE r [<!ENTITY a SYSTEM "file:///etc/passwd">]><rss><channel><item><title>&a;</title></item></channel></rss>', "entities", "a file as entity"),
    ("entity-parameter", '<!DOCTYPE r [<!ENTITY % a SYSTEM "http://a.example/x"> %a;]><rss><channel/></rss>', "entities", "a parameter entity"),
    ("svg", '<svg xmlns="http://www.w3.org/2000/svg"></svg>', "not a feed", "a picture"),
    ("opml", '<opml version="2.0"><body><outline text="x"/></body></opml>', "a feed", "a list of feeds"),
    ("kml", '<kml xmlns="http://www.opengis.net/kml/2.2"><Placemark/></kml>', "not a feed", "a map"),
    ("pdf", "%PDF-1.7\n1 0 obj", "not a feed", "a document"),
)  # fmt: skip


def refusal_cases() -> list[Case]:
    """What is no feed is refused in a sentence."""
    return [feed_case(f"refused-{n}", lesson, text, failed=said) for n, text, said, lesson in REFUSED]
