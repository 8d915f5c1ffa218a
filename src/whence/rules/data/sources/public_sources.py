"""Places where strangers write: pages, forums, feeds, feedback; and steps that could turn rows away.

Sources: the reference pages of the libraries named here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from whence.rules.data.sources.programs import Code, Programs, Site
from whence.rules.data.sources.words import Words
from whence.vocabulary.evidence import Span
from whence.vocabulary.fact.code import RouteHandler
from whence.vocabulary.fact.program import Function
from whence.vocabulary.graph import SupplyGraph

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
_ADDRESSES = re.compile(
    r"//(?:[\w-]+\.)*(?:reddit\.com|redd\.it|stackexchange\.com|stackoverflow\.com|wikipedia\.org|wikimedia\.org|pastebin\.com"
    r"|fandom\.com|quora\.com|twitter\.com|x\.com|t\.me|4chan\.org|tumblr\.com|medium\.com|commoncrawl\.org|trustpilot\.com"
    r"|yelp\.com|docs\.google\.com/(?:spreadsheets|forms)|hn\.algolia\.com|youtube\.com|discourse\.[\w.-]+|forum\.[\w.-]+"
    r"|forums\.[\w.-]+|community\.[\w.-]+|wiki\.[\w.-]+|gist\.githubusercontent\.com)|/(?:wiki|forum|comments|reviews|feedback|threads?)/",
    re.IGNORECASE,
)
_GIVEN_BY_USERS = re.compile(
    r"(?:^|[/_.\-\s\"'`])(?:user_?)?(?:feedback|comments?|submissions?|user_?reports?|user_?reviews|chat_?logs?|conversations?"
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
          "listdir", "scandir", "read_text")  # fmt: skip
_QUEUES = ("lpop", "rpop", "blpop", "brpop", "lrange", "xread", "subscribe", "KafkaConsumer", "smembers")
_GETS = ("get", "urlopen", "urlretrieve", "stream", "read_csv", "read_json")
_TAILS = tuple(
    dict.fromkeys(
        (*(name.rpartition(".")[2] for name in _SCRAPERS), *_GETS, *_QUERIES, *_FILES, *_QUEUES)
    )
)


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


def _of_site(site: Site, words: Words) -> Iterator[PublicSource]:
    kind = _SCRAPERS.get(site.name)
    if kind:
        if site.name == "googleapiclient.discovery.build" and words.one(site, 0) not in ("youtube", "blogger"):
            return
        named = next((text for text in words.of(site, "url", 0) if "://" in text), "")
        yield PublicSource(site, kind, named or kind)
    elif site.tail in _GETS and re.match(r"(?:requests|httpx|urllib|aiohttp|pandas|polars)\b", site.name):
        for url in words.of(site, "url", "filepath_or_buffer", 0):
            if "://" in url and _ADDRESSES.search(url):
                yield PublicSource(site, "pages that strangers write", url)
    elif site.tail in _QUERIES:
        for query in words.of(site, "sql", "query", 0):
            tables = re.findall(r"(?i)\b(?:from|join)\s+([\w.\"`]+)", query)
            given = [table for table in tables if _GIVEN_BY_USERS.search(f" {table} ")]
            if given and not _ACCEPTED.search(query):
                yield PublicSource(site, "what users send in", f"table {given[0]}")
    elif site.tail in _FILES or site.tail in _QUEUES:
        for where in (0, "data_files", "path"):
            for text in words.of(site, where):
                if _GIVEN_BY_USERS.search(text) and not _ACCEPTED.search(text) and "://" not in text and len(text) < 200:
                    if not text.endswith((".py", ".html", ".md", ".log")):
                        yield PublicSource(site, "what users send in", text)


def turned_away(programs: Programs, site: Site, depth: int = 2) -> bool:
    """Whether a step that can refuse rows runs in the function, its callers, or beside."""
    level: list[tuple[Code, Function]] = [(site.code, site.function)]
    for _ in range(depth + 1):
        above: list[tuple[Code, Function]] = []
        for code, function in level:
            if any(_STEP.search(other.tail) for other in programs.calls_in(function, code)):
                return True
            if any(_ACCEPTED.search(text) for text in _columns(function)):
                return True
            above += [(caller.code, caller.function) for caller in programs.callers(code, function)]
        level = above
    return False


def _columns(function: Function) -> Iterator[str]:
    """Short texts of a function: keys and columns such as `approved`."""
    for value in function.values:
        text = getattr(value, "value", None)
        if isinstance(text, str) and len(text) < 40:
            yield text
        name = getattr(value, "name", None)
        if isinstance(name, str):
            yield name


def handlers_by_file(graph: SupplyGraph) -> dict[str, list[tuple[Span, str]]]:
    """Functions that answer requests, by file: place and qualified name."""
    found: dict[str, list[tuple[Span, str]]] = {}
    for handler in graph.facts_of(RouteHandler):
        found.setdefault(handler.span.path, []).append((handler.span, handler.function))
    return found
