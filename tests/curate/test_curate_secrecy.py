"""Which addresses look secret."""

import base64
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.curate.secrecy import looks_secret

PUBLIC = [
    "https://example.org/feed.xml",
    "https://example.org/blog/2024/05/openai-urges-ban-on-all-china-linked-ai-models-2024",
    "https://example.org/2024-05-12-a-b-test-of-20-things-in-3d",
    "https://www.youtube.com/feeds/videos.xml?channel_id=UC_x5XG1OV2P6uZZ5FSM9Ttw",
    "https://example.org/?feed=rss2&cat=12",
    "https://example.org/ThisIsACamelCaseTitleOfAPage",
    "https://feeds.feedburner.com/TheHackersNews",
    "https://news.google.com/rss/search?q=key&hl=en-US&gl=US&ceid=US:en",
    "https://example.org/tag/private",
    "https://example.org/author/anna?keyword=passport&authors=2",
    "https://example.org/?token=",
    "https://example.org/internationalization-of-everything",
    "https://example.org/#top",
    "https://ex.ample/20240501123456789012/feed",
]
SECRET = [
    "https://user:pass@example.org/feed",
    "https://user@example.org/feed",
    "https://example.org/feed?token=abc",
    "https://example.org/feed?a=1&apiKey=1",
    "https://example.org/feed?API_KEY=1",
    "https://example.org/feed;auth=1?x",
    "https://example.org/feed?x;access%5Ftoken=1",
    "https://example.org/feed#key=1",
    "https://example.org/private/feed.xml",
    "https://example.org/token/abc/feed",
    "https://example.org/u/123e4567-e89b-12d3-a456-426614174000/rss",
    "https://example.org/8f27e0b7bc8865828f27e0b7bc886582.rss",
    "https://example.org/feed?h=8f27e0b7bc8865828f27e0b7bc886582",
    "https://example.org/feed?8f27e0b7bc8865828f27e0b7bc886582",
    "https://[::1/feed",
]


@pytest.mark.parametrize("url", PUBLIC)
def test_a_public_address_is_published(url):
    assert not looks_secret(url)


@pytest.mark.parametrize("url", SECRET)
def test_a_secret_address_is_seen(url):
    assert looks_secret(url)


def test_random_tokens_are_seen_in_a_path():
    chance = random.Random(5)
    draws = [chance.randbytes(24) for _ in range(2000)]
    assert sum(looks_secret(f"https://example.org/{drawn.hex()}/rss") for drawn in draws) == 2000
    seen = sum(looks_secret(f"https://example.org/{base64.urlsafe_b64encode(drawn).decode()}/rss") for drawn in draws)
    assert seen >= 0.97 * 2000


@given(st.text(max_size=80))
def test_any_text_is_judged(text):
    assert looks_secret(f"https://example.org/{text}") in {True, False}
    assert looks_secret(text) in {True, False}
