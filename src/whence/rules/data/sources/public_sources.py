"""Places where strangers write: pages, forums, feeds, feedback; and steps that could turn rows away.

Sources: the reference pages of the libraries named here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from whence.rules.data.sources.fetches import closure
from whence.rules.data.sources.programs import Code, Programs, Site, programs_of
from whence.rules.data.sources.words import Words
from whence.vocabulary.evidence import Span
from whence.vocabulary.fact.code import RouteHandler
from whence.vocabulary.fact.program import Function, Param
from whence.vocabulary.graph import SupplyGraph, asked_once

_SCRAPERS = {
    "bs4.BeautifulSoup": "scraped pages",
    "newspaper.Article": "news pages",
    "trafilatura.fetch_url": "scraped pages",
    "trafilatura.extract": "scraped pages",
    "feedparser.parse": "a feed",
    "praw.Reddit": "a forum",
    "asyncpraw.Reddit": "a forum",
    "tweepy.Client": "posts",
    "tweepy.API": "posts",
    "tweepy.StreamingClient": "posts",
    "snscrape.modules.twitter.TwitterSearchScraper": "posts",
    "wikipedia.page": "a wiki",
    "wikipedia.summary": "a wiki",
    "wikipediaapi.Wikipedia": "a wiki",
    "mwclient.Site": "a wiki",
    "pywikibot.Page": "a wiki",
    "googleapiclient.discovery.build": "comments",
    "google_play_scraper.reviews": "store reviews",
    "google_play_scraper.reviews_all": "store reviews",
    "app_store_scraper.AppStore": "store reviews",
    "facebook_scraper.get_posts": "posts",
    "stackapi.StackAPI": "a forum",
    "telethon.TelegramClient": "chats",
    "telethon.sync.TelegramClient": "chats",
    "discord.Client": "chats",
    "selenium.webdriver.Chrome": "scraped pages",
    "selenium.webdriver.Firefox": "scraped pages",
    "playwright.sync_api.sync_playwright": "scraped pages",
    "requests_html.HTMLSession": "scraped pages",
    "langchain_community.document_loaders.WebBaseLoader": "scraped pages",
    "langchain.document_loaders.WebBaseLoader": "scraped pages",
    "llama_index.readers.web.SimpleWebPageReader": "scraped pages",
    "pandas.read_html": "tables of pages",
    "warcio.archiveiterator.ArchiveIterator": "a crawl",
    "duckduckgo_search.DDGS": "search results",
}
# What only takes a text apart, wherever the text comes from.
_PARSERS = frozenset({"bs4.BeautifulSoup", "trafilatura.extract", "pandas.read_html"})
_CLIENTS = re.compile(
    r"(?:requests|requests_html|httpx|urllib\.request|urllib2|urllib3|aiohttp|selenium|playwright|pyppeteer|scrapy"
    r"|warcio|fastwarc|cloudscraper|curl_cffi|pycurl|mechanize|crawl4ai|newspaper|trafilatura|http\.client)\b"
)
_PAGES = re.compile(r"(?i)\.(?:html?|warc|wet)\b|crawl|scrap|^https?://")
_ADDRESSES = re.compile(
    r"//(?:[\w-]+\.)*(?:reddit\.com|redd\.it|stackexchange\.com|stackoverflow\.com|wikipedia\.org|wikimedia\.org|pastebin\.com"
    r"|fandom\.com|quora\.com|twitter\.com|x\.com|t\.me|4chan\.org|tumblr\.com|medium\.com|commoncrawl\.org|trustpilot\.com"
    r"|yelp\.com|docs\.google\.com/(?:spreadsheets|forms)|hn\.algolia\.com|youtube\.com|discourse\.[\w.-]+|forum\.[\w.-]+"
    r"|forums\.[\w.-]+|community\.[\w.-]+|wiki\.[\w.-]+|gist\.githubusercontent\.com)|/(?:wiki|forum|comments|reviews|feedback|threads?)/",
    re.IGNORECASE,
)
_GIVEN_BY_USERS = re.compile(
    r"(?:^|[/_.\-\s\"'`])(?:user_?)?(?:feedback|comments?|submissions?|user_?reports?|user_?reviews|chat_?logs?|(?:user|chat|support)_?conversations?"
    r"|uploads?|user_?content|corrections?|thumbs|crowd(?:sourced)?|suggestions?|support_tickets?)(?:[/_.\-\s\"'`;,]|$)",
    re.IGNORECASE,
)
_ACCEPTED = re.compile(
    r"(?i)approved|reviewed|moderated|accepted|verified|curated|vetted|(?:is|_)clean\b|screened|whitelist|trusted"
)
_STEP = re.compile(
    r"(?i)moderat|(?:^|_)review(?:ed|er)?(?:_|$)|approv|(?:^|_)screen|(?:^|_)filter_|_filter(?:ed)?(?:_|$)|curat|quarantin|(?:^|_)vet(?:ted)?(?:_|$)"
    r"|sanitis|sanitiz|validat|toxic|spam|outlier|reject|poison|allow_?list|trusted|quality|human_check|require_|drop_suspicious|anomal"
)
_QUERIES = ("read_sql", "read_sql_query", "execute", "read_gbq", "sql", "query")
_FILES = ("read_csv", "read_json", "open", "read_parquet", "load_dataset", "glob", "rglob", "iterdir",
          "listdir", "scandir", "read_text", "list_objects_v2", "list_objects", "list_blobs", "get_object")  # fmt: skip
_QUEUES = (
    "lpop",
    "rpop",
    "blpop",
    "brpop",
    "lrange",
    "xread",
    "subscribe",
    "KafkaConsumer",
    "smembers",
)
_PAGE_EVENTS = ("click", "submit", "change", "upload", "Interface", "ChatInterface")
_GETS = ("get", "urlopen", "urlretrieve", "stream", "read_csv", "read_json")
_TAILS = tuple(
    dict.fromkeys(
        (*(name.rpartition(".")[2] for name in _SCRAPERS), *_GETS, *_QUERIES, *_FILES, *_QUEUES)
    )
)


_HTTP = re.compile(r"(?:requests|httpx|urllib|aiohttp|pandas|polars)\b")


class PublicSource(msgspec.Struct, frozen=True):
    """Where strangers' words enter: what they are, how to name them."""

    site: Site
    what: str
    name: str


def public_sources(programs: Programs, code: Code) -> Iterator[PublicSource]:
    """The places of one file where text comes in that strangers write."""
    words = Words(programs)
    for site in programs.calls_of(code, *_TAILS):
        yield from _of_site(site, words)
        if site.tail in _QUERIES:
            for caller in _asking(site, programs):
                yield from _queried(caller, words)


def _asking(site: Site, programs: Programs) -> Iterator[Site]:
    """The calls of a function that hands its own parameter to the database as the query."""
    index = site.argument("sql", "query", 0)
    held = site.function.values[index] if index is not None else None
    if not isinstance(held, Param) or not site.function.parameters:
        return
    if [p.name for p in site.function.parameters if p.name != "self"][:1] != [held.name]:
        return
    for caller in programs.callers(site.code, site.function):
        if not caller.code.is_test:
            yield caller


def _of_site(site: Site, words: Words) -> Iterator[PublicSource]:
    if site.name in _SCRAPERS:
        yield from _scraped(site, words)
    elif site.tail in _GETS and _HTTP.match(site.name):
        for url in words.of(site, "url", "filepath_or_buffer", 0):
            if "://" in url and _ADDRESSES.search(url):
                yield PublicSource(site, "pages that strangers write", url)
    elif site.tail in _QUERIES:
        yield from _queried(site, words)
    elif site.tail in _FILES or site.tail in _QUEUES:
        for where in (0, "data_files", "path", "Prefix", "prefix", "Key", "pathname"):
            for text in words.of(site, where):
                if _is_given(text):
                    yield PublicSource(site, "what users send in", text)
                    return


def _scraped(site: Site, words: Words) -> Iterator[PublicSource]:
    if site.name in _PARSERS and not _has_pages(site, words.programs):
        return
    kind = _SCRAPERS[site.name]
    service = words.one(site, 0)
    if site.name != "googleapiclient.discovery.build" or service in ("youtube", "blogger"):
        named = next((text for text in words.of(site, "url", 0) if "://" in text), "")
        yield PublicSource(site, kind, named or kind)


def _has_pages(site: Site, programs: Programs) -> bool:
    """Whether a file that takes pages apart, or one next to it, fetches pages or opens stored ones."""
    callers = [caller.code for caller in programs.callers(site.code, site.function)]
    return any(
        any(_CLIENTS.match(name) for name in code.imports) or _PAGES.search(code.path)
        for code in (site.code, *programs.imported_by(site.code), *callers)
    ) or any(
        isinstance(text, str) and len(text) < 300 and _PAGES.search(text)
        for function in site.code.module.functions
        for text in (getattr(value, "value", None) for value in function.values)
    )


def _queried(site: Site, words: Words) -> Iterator[PublicSource]:
    index = site.argument("sql", "query", 0)
    if index is not None and isinstance(site.function.values[index], Param):
        return
    for query in words.of(site, "sql", "query", 0):
        tables = re.findall(r"(?i)\b(?:from|join)\s+([\w.\"`]+)", query)
        given = [table for table in tables if _GIVEN_BY_USERS.search(f" {table} ")]
        if given and not _ACCEPTED.search(query):
            yield PublicSource(site, "what users send in", f"table {given[0]}")


def _is_given(text: str) -> bool:
    """Whether a file or queue is named after what users send in."""
    if "://" in text or len(text) > 200 or text.endswith((".py", ".html", ".md", ".log")):
        return False
    return bool(_GIVEN_BY_USERS.search(text)) and not _ACCEPTED.search(text)


def turned_away(programs: Programs, site: Site, depth: int = 2) -> bool:
    """Whether a step that can refuse rows runs in the function, or on what callers get from it."""
    function = site.function
    if any(_is_step(other.tail) for other in programs.calls_in(function, site.code)):
        return True
    if any(_ACCEPTED.search(text) for text in _columns(function)):
        return True
    level = [(site.code, function)]
    for _ in range(depth):
        callers = [c for code, called in level for c in programs.callers(code, called)]
        if any(_is_screened(programs, caller) for caller in callers):
            return True
        level = [(caller.code, caller.function) for caller in callers]
    return False


def _is_step(name: str) -> bool:
    """Whether a function's name says that it can refuse; a class of that name holds a row."""
    return not name[:1].isupper() and _STEP.search(name) is not None


def _is_screened(programs: Programs, caller: Site) -> bool:
    """Whether a caller hands what it gets to a step that can refuse rows."""
    return any(
        _is_step(other.tail)
        and any(caller.index in closure(caller.function, arg) for arg in other.call.args)
        for other in programs.calls_in(caller.function, caller.code)
    )


def _columns(function: Function) -> Iterator[str]:
    """Short texts of a function: keys and columns such as `approved`."""
    for value in function.values:
        text = getattr(value, "value", None)
        if isinstance(text, str) and len(text) < 40:
            yield text
        name = getattr(value, "name", None)
        if isinstance(name, str):
            yield name


@asked_once
def handlers_by_file(graph: SupplyGraph) -> dict[str, list[tuple[Span, str]]]:
    """Functions that answer requests, by file: place and qualified name."""
    found: dict[str, list[tuple[Span, str]]] = {}
    for handler in graph.facts_of(RouteHandler):
        found.setdefault(handler.span.path, []).append((handler.span, handler.function))
    programs = programs_of(graph)
    for site in programs.calls(*_PAGE_EVENTS):
        index = site.argument("fn", 0)
        if index is None or not site.code.imports_of("gradio"):
            continue
        module, _, name = programs.dotted(site.code, site.function, index).rpartition(".")
        for code in programs.imported_by(site.code) if module else (site.code,):
            if name in code.functions and (not module or code.parts[-1:] == module.split(".")[-1:]):
                at = code.module.place(code.functions[name].line)
                found.setdefault(code.path, []).append((at, name))
    return found


@asked_once
def handler_names(graph: SupplyGraph) -> frozenset[tuple[str, str]]:
    """Functions that answer requests: file and qualified name."""
    return frozenset(
        (path, name) for path, handlers in handlers_by_file(graph).items() for _, name in handlers
    )
