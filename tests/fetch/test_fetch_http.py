"""HTTP as it should be spoken: conditional, redirected, decoded, and explained when it fails."""

import asyncio
import contextlib
import gzip
import shutil
import ssl
import subprocess
import time
import zlib
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from ipaddress import ip_network
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.errors import FetchError, HttpStatusError, TooLarge
from aggregator.fetch.address import literal, read, target
from aggregator.fetch.coding import Body
from aggregator.fetch.failures import explain, retry_after
from aggregator.fetch.fetcher import Fetcher
from aggregator.fetch.limits import Limits
from aggregator.fetch.room import Seat
from aggregator.fetch.trip import Redirect, Trip
from aggregator.model import Request

ETAG = 'W/"a%20,b"'
DATE = "Sun, 06 Nov 1994 08:49:37 GMT"


def moved(location: str, status: int = 301) -> bytes:
    return f"HTTP/1.1 {status} Moved\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n".encode()


# ── what is sent ────────────────────────────────────────────────────────────────────────────────────────────


async def test_the_request_is_honest_and_plain(server, answer, ask) -> None:
    server.answer["/feed?a=%7Eb&c=%2F"] = answer()
    document = await ask(server.url("/feed?a=%7Eb&c=%2F#part"), accept="application/atom+xml")
    assert document.body == b"<rss/>"
    assert document.url == server.url("/feed?a=%7Eb&c=%2F")
    names = {line.partition(":")[0].lower() for line in server.heads[0].split("\r\n")[1:] if line}
    assert names == {"host", "user-agent", "accept", "accept-encoding"}
    assert server.header(0, "User-Agent") == "aggregator-test/1 (+http://example.org/)"
    assert server.header(0, "Accept") == "application/atom+xml"
    assert server.header(0, "Accept-Encoding") == "gzip, deflate"


async def test_no_cookie_is_kept_and_no_proxy_taken_from_the_environment(server, answer, ask, monkeypatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1/")
    server.answer["/"] = answer(b"<rss/>", "Set-Cookie: a=b; Path=/")
    await ask(server.url())
    await ask(server.url())
    assert server.header(1, "Cookie") is None


async def test_both_validators_go_back_verbatim_and_304_has_no_body(server, answer, ask) -> None:
    server.answer["/"] = answer(b"<rss/>", f"ETag: {ETAG}", f"Last-Modified: {DATE}")
    first = await ask(server.url())
    assert (first.etag, first.last_modified) == (ETAG, DATE)
    server.answer["/"] = b"HTTP/1.1 304 Not Modified\r\nCache-Control: max-age=60\r\n\r\n"
    second = await ask(server.url(), etag=first.etag, last_modified=first.last_modified)
    assert server.header(1, "If-None-Match") == ETAG
    assert server.header(1, "If-Modified-Since") == DATE
    assert second.not_modified
    assert second.body == b""
    assert second.headers["cache-control"] == "max-age=60"
    third = await ask(server.url(), last_modified=DATE)
    assert third.not_modified
    assert server.header(2, "If-None-Match") is None


async def test_a_validator_that_cannot_be_sent_back_byte_for_byte_is_not_kept(server, answer, ask) -> None:
    server.answer["/"] = answer(b"<rss/>", 'ETag: "\xe4"', "Last-Modified: " + "x" * 2000)
    document = await ask(server.url())
    assert document.etag is None
    assert document.last_modified is None
    assert document.headers["etag"] == '"ä"'


async def test_a_sources_own_headers_are_sent_but_cannot_replace_ours(server, answer, ask) -> None:
    server.answer["/"] = answer()
    await ask(
        server.url(),
        headers={
            "Authorization": "Basic eDp5",
            "Accept-Encoding": "br",
            "host": "evil",
            "accept": "text/xml",
            "user-agent": "Mozilla",
        },
    )
    assert server.header(0, "Authorization") == "Basic eDp5"
    assert server.header(0, "Accept-Encoding") == "gzip, deflate"
    assert server.header(0, "Accept") == "text/xml"
    assert server.heads[0].lower().count("user-agent") == 1
    assert "Mozilla" not in server.heads[0]
    assert server.header(0, "Host") == f"127.0.0.1:{server.port}"


@pytest.mark.parametrize(
    "more",
    [
        {"headers": {"X": "a\r\nY: b"}},
        {"headers": {"X y": "a"}},
        {"headers": {"": "a"}},
        {"etag": '"a\n"'},
        {"accept": "a\0"},
        {"last_modified": "\x7f"},
    ],
)
async def test_a_header_that_would_break_out_is_refused_before_anything_is_sent(more, server, ask) -> None:
    error = await ask(server.url(), **more)
    assert error.reason == "bad-header"
    assert server.heads == []


# ── redirects ───────────────────────────────────────────────────────────────────────────────────────────────


async def test_redirects_are_followed_and_the_permanent_prefix_is_told(server, answer, ask) -> None:
    server.answer |= {
        "/a": moved("/b"),
        "/b": moved(server.url("/c"), 308),
        "/c": moved("d?x#y", 302),
        "/d?x": moved("/e"),
        "/e": answer(),
    }
    document = await ask(server.url("/a"))
    assert document.url == server.url("/e")
    assert document.moved_to == server.url("/c")


@pytest.mark.parametrize("status", [302, 303, 307])
async def test_a_temporary_redirect_moves_nothing(status: int, server, answer, ask) -> None:
    server.answer |= {"/a": moved("/b", status), "/b": answer()}
    document = await ask(server.url("/a"))
    assert document.url == server.url("/b")
    assert document.moved_to is None


async def test_five_redirects_are_followed_and_six_are_not(server, answer, ask) -> None:
    server.answer |= {f"/{n}": moved(f"/{n + 1}") for n in range(6)} | {"/6": answer()}
    assert (await ask(server.url("/1"))).status == 200
    error = await ask(server.url("/0"))
    assert error.reason == "redirect"
    assert "5 times" in str(error)


async def test_a_circle_of_redirects_is_named(server, ask) -> None:
    server.answer |= {"/a": moved("/b"), "/b": moved("/a")}
    assert "circle" in str(await ask(server.url("/a")))


async def test_validators_go_only_to_the_address_that_gave_them(server, answer, ask) -> None:
    server.answer |= {"/a": moved("/b"), "/b": b"HTTP/1.1 304 Not Modified\r\n\r\n"}
    unasked = await ask(server.url("/a"), etag=ETAG)
    assert unasked.reason == "unasked-304"
    assert server.header(0, "If-None-Match") == ETAG
    assert server.header(1, "If-None-Match") is None
    document = await ask(server.url("/a"), etag=ETAG, validators_of=server.url("/b"))
    assert document.not_modified
    assert server.header(2, "If-None-Match") is None
    assert server.header(3, "If-None-Match") == ETAG
    error = await ask(server.url("/b"), etag=ETAG, validators_of="http://[::1")
    assert error.reason == "unasked-304"


async def test_own_headers_are_dropped_when_a_redirect_leaves_the_origin(server, second, answer, ask) -> None:
    server.answer |= {"/a": moved("/b"), "/b": moved(second.url("/c", "127.0.0.3"))}
    second.answer["/c"] = answer()
    await ask(server.url("/a"), headers={"Authorization": "secret"})
    assert server.header(1, "Authorization") == "secret"
    assert second.header(0, "Authorization") is None


async def test_a_redirect_target_is_sent_as_it_was_written(server, answer, ask) -> None:
    server.answer |= {"/a": moved("/b c/%7E?ü"), "/b%20c/%7E?%C3%BC": answer()}
    assert (await ask(server.url("/a"))).status == 200


# ── bodies ──────────────────────────────────────────────────────────────────────────────────────────────────

TEXT = b"<rss>" + b"".join(b"%d " % n for n in range(5000)) + b"</rss>"
RAW = zlib.compressobj(wbits=-15)
CODED = {
    "gzip": gzip.compress(TEXT),
    "x-gzip": gzip.compress(TEXT),
    "GZIP": gzip.compress(TEXT[:100]) + gzip.compress(TEXT[100:]),
    "deflate": zlib.compress(TEXT),
    "Deflate": RAW.compress(TEXT) + RAW.flush(),
    "identity": TEXT,
    "": TEXT,
}


@pytest.mark.parametrize("coding", CODED)
@pytest.mark.parametrize("framing", ["length", "chunks", "close"])
async def test_a_coded_body_is_decoded(coding: str, framing: str, server, ask) -> None:
    body = CODED[coding]
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: {coding}\r\n".encode()
    chunks = (
        b"".join(b"%x\r\n%s\r\n" % (len(body[n : n + 999]), body[n : n + 999]) for n in range(0, len(body), 999)) + b"0\r\n\r\n"
    )
    framed = {
        "length": b"Content-Length: %d\r\n\r\n%s" % (len(body), body),
        "chunks": b"Transfer-Encoding: chunked\r\n\r\n" + chunks,
        "close": b"\r\n" + body,
    }
    server.answer["/"] = head + framed[framing]
    assert (await ask(server.url())).body == TEXT


@given(st.binary(max_size=3000), st.sampled_from(["gzip", "deflate", ""]), st.integers(1, 64))
def test_a_body_is_the_same_however_it_is_cut(body: bytes, coding: str, step: int) -> None:
    sent = {"gzip": gzip.compress, "deflate": zlib.compress, "": bytes}[coding](body)
    reader = Body(coding, Limits(), url="http://example.org/")
    for start in range(0, len(sent), step):
        reader.feed(sent[start : start + step])
    assert reader.finish() == body


@given(st.binary(min_size=1, max_size=500), st.data())
def test_a_coded_body_that_lacks_its_end_is_an_error(body: bytes, data) -> None:
    sent = gzip.compress(body)
    reader = Body("gzip", Limits(), url="http://example.org/")
    reader.feed(sent[: data.draw(st.integers(0, len(sent) - 1))])
    with pytest.raises(FetchError, match="cut off"):
        reader.finish()


def test_a_body_at_the_limit_passes_and_one_byte_more_does_not() -> None:
    limits = Limits(decoded=100_000, ratio=10_000)
    for coding, pack in (("", bytes), ("gzip", gzip.compress)):
        reader = Body(coding, limits, url="u")
        reader.feed(pack(b"a" * 100_000))
        assert len(reader.finish()) == 100_000
        with pytest.raises(TooLarge):
            Body(coding, limits, url="u").feed(pack(b"a" * 100_001))


def test_a_compressed_body_above_its_cap_is_refused() -> None:
    reader = Body("gzip", Limits(compressed=1000), url="u")
    with pytest.raises(TooLarge):
        reader.feed(b"\x1f\x8b" + b"x" * 1000)
    with pytest.raises(TooLarge):
        reader.expect(1001)
    reader.expect(1000)
    reader.expect(None)


def test_a_bomb_of_200_mb_stops_early_and_cheaply() -> None:
    packer = zlib.compressobj(9, wbits=31)
    bomb = b"".join(packer.compress(bytes(1_000_000)) for _ in range(200)) + packer.flush()
    started = time.process_time()
    with pytest.raises(TooLarge, match="100 times"):
        Body("gzip", Limits(), url="u").feed(bomb[:20_000])
    with pytest.raises(TooLarge, match="10,000,000"):
        Body("gzip", Limits(), url="u").feed(bomb)
    assert time.process_time() - started < 1


# ── failures ────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("120", 120), ("0", 0), (" 7 ", 7), ("-5", None), ("soon", None), ("", None), ("1.5", None), ("9" * 400, float("inf"))],
)
async def test_retry_after_is_told_as_the_server_said_it(value: str, seconds: float | None, server, answer, ask) -> None:
    server.answer["/"] = answer(b"", f"Retry-After: {value}", status="429 Too Many Requests")
    error = await ask(server.url())
    assert isinstance(error, HttpStatusError)
    assert (error.status, error.reason, error.retry_after) == (429, "http-429", seconds)


def test_a_date_to_retry_after_counts_from_the_answers_own_date() -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    theirs = now + timedelta(days=400)
    until = format_datetime(theirs + timedelta(seconds=90), usegmt=True)
    assert retry_after(until, format_datetime(theirs, usegmt=True), now) == 90
    assert retry_after(format_datetime(now + timedelta(hours=1), usegmt=True), "junk", now) == 3600
    assert retry_after("Sun, 06 Nov 1994 08:49:37 -0000", None, now) < 0
    assert retry_after(None, None, now) is None


async def test_a_server_that_is_not_there_is_said_so(ask) -> None:
    listener = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    port = listener.sockets[0].getsockname()[1]
    listener.close()
    await listener.wait_closed()
    error = await ask(f"http://127.0.0.1:{port}/")
    assert error.reason == "connect"
    assert "refused" in str(error).lower()


async def test_plain_http_on_an_https_address_is_a_tls_error(server, answer, ask) -> None:
    async def reply(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(10)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    listener = await asyncio.start_server(reply, "127.0.0.1", 0)
    error = await ask(f"https://127.0.0.1:{listener.sockets[0].getsockname()[1]}/")
    listener.close()
    assert error.reason == "tls"


@pytest.fixture(scope="session")
def certificate(tmp_path_factory) -> Path:
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    command = f"openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost -keyout {path} -out {path}.crt"
    subprocess.run(command.split(), check=True, capture_output=True, timeout=30)
    path.write_text(path.read_text() + Path(f"{path}.crt").read_text())
    return path


async def test_a_certificate_that_nobody_vouches_for_is_refused(certificate: Path, ask) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    listener = await asyncio.start_server(lambda r, w: w.close(), "127.0.0.1", 0, ssl=context)
    error = await ask(f"https://localhost:{listener.sockets[0].getsockname()[1]}/")
    listener.close()
    assert error.reason == "tls"
    assert "certificate" in str(error)


async def test_a_redirect_from_https_to_http_is_refused(certificate: Path, server, monkeypatch) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    async def reply(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(moved(server.url("/plain")))
        await writer.drain()
        writer.close()

    listener = await asyncio.start_server(reply, "127.0.0.1", 0, ssl=context)
    trusting = ssl.create_default_context(cafile=f"{certificate}.crt")
    trusting.check_hostname = False
    async with Fetcher(user_agent="t/1", ssl_context=trusting) as fetcher:
        url = f"https://localhost:{listener.sockets[0].getsockname()[1]}/"
        request = Request(url=url, allow_private=(ip_network("127.0.0.0/8"), ip_network("::1/128")))
        (error,) = [answer async for answer in fetcher.fetch(request)]
    listener.close()
    assert error.reason == "redirect"
    assert "https to http" in str(error)
    assert server.heads == []


async def test_a_redirect_whose_target_cannot_be_joined_is_a_bad_url() -> None:
    with pytest.raises(FetchError, match=r"redirect of example\.org"):
        target(read("http://example.org/"), "//[::1")


async def test_a_host_that_keeps_its_connection_is_asked_on_it_again(server, ask) -> None:
    async def keep(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for _ in range(2):
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<rss/>")
            await writer.drain()
            await reader.readuntil(b"\r\n\r\n")

    server.answer["/"] = keep
    for _ in range(2):
        assert (await ask(server.url())).body == b"<rss/>"
    assert len(server.heads) == 1


def test_own_headers_survive_the_step_up_to_https_on_the_same_host() -> None:
    trip = Trip(Request(url="http://example.org/"), read("http://example.org/"), Limits(), Seat(asyncio.Semaphore(1), 1))
    assert trip.keeps_headers(read("https://example.org/x"))
    assert not trip.keeps_headers(read("https://example.org:8443/x"))
    assert not trip.keeps_headers(read("https://www.example.org/x"))


@pytest.mark.parametrize(("here", "there", "kept"), [("http", "https", True), ("https", "https", True), ("https", "http", False)])
def test_a_redirect_may_step_up_to_https_or_stay_there_but_not_step_down(here: str, there: str, kept: bool) -> None:
    first = read(f"{here}://example.org/")
    trip = Trip(Request(url=str(first)), first, Limits(), Seat(asyncio.Semaphore(1), 1))
    with contextlib.nullcontext() if kept else pytest.raises(FetchError, match="from https to http"):
        trip.follow(Redirect(301, read(f"{there}://www.example.org/")))
    assert (trip.moved is not None) == kept


async def test_waiting_for_room_is_not_counted_and_the_time_that_is_left_goes_on_after_it() -> None:
    places = asyncio.Semaphore(0)
    url = read("http://example.org/")
    trip = Trip(Request(url=str(url)), url, Limits(total=0.3), Seat(places, 1))

    async def work() -> None:
        await trip.hold(10)
        held.append(loop.time() - begun)
        await asyncio.sleep(5)

    loop, held = asyncio.get_running_loop(), list[float]()
    begun = loop.time()
    loop.call_later(0.6, places.release)
    with pytest.raises(FetchError, match="did not answer in full"):
        await trip.within(work(), url)
    assert held[0] >= 0.5
    assert loop.time() - begun < 3


def test_an_exception_that_nobody_expected_is_still_a_sentence() -> None:
    error = explain(RuntimeError("\x1b[31m"), read("http://example.org/"))
    assert error.reason == "fetch"
    assert "RuntimeError" in str(error)
    assert str(error).isprintable()


# ── addresses ───────────────────────────────────────────────────────────────────────────────────────────────

BAD = [
    "http://[::1",
    "http://",
    "http:///x",
    "http:x",
    "example.org/feed",
    "//example.org/",
    "ftp://example.org/",
    "javascript:alert(1)",
    "http://:80/",
    "http://a:0/",
    "http://a:99999/",
    "http://a:b/",
    "http://user@example.org/",
    "http://u:p@example.org/",
    "http://@example.org/",
    "http://a..b/",
    "http://.a/",
    "http://exa%20mple.org/",
    "http://a\\@b/",
    "http://[v1.x]/",
    "http://[::1]x/",
    "http://[1.2.3.4]/",
    "http://[gggg::]/",
    "http://a,b/",
    "http://a;b/",
    "http://℀.com/",
]


@pytest.mark.parametrize(
    "url",
    [
        *BAD,
        "",
        "http://exa mple.org/",
        "http://a\nb/",
        "http://" + "ä" * 290 + ".de/",
        "http://" + "a." * 127 + "aaa/",
        "http://a/" + "b" * 9000,
        "http://mün\u200dchen.de/",
    ],
)
async def test_an_address_that_cannot_be_asked_is_a_typed_error(url: str, ask) -> None:
    assert (await ask(url)).reason == "bad-url"


@pytest.mark.parametrize(
    ("url", "sent"),
    [
        ("http://münchen.de/straße?q=ä", "http://xn--mnchen-3ya.de/stra%C3%9Fe?q=%C3%A4"),
        ("HTTPS://EXAMPLE.org:443", "https://example.org/"),
        ("http://a_b.example.org/%7Ex/~y/%2F", "http://a_b.example.org/%7Ex/~y/%2F"),
        ("http://example.org./?", "http://example.org./"),
        ("http://example.org?a=b", "http://example.org/?a=b"),
        ("http://[2606:4700:4700::1111]:8080/", "http://[2606:4700:4700::1111]:8080/"),
        ("http://1.1.1.1/", "http://1.1.1.1/"),
        ("http://3com.example/", "http://3com.example/"),
        ("http://example.org/a|b c", "http://example.org/a%7Cb%20c"),
    ],
)
def test_an_address_is_sent_as_it_was_written(url: str, sent: str) -> None:
    assert str(read(url)) == sent
    assert str(read(sent)) == sent


@given(st.text(max_size=60))
def test_any_text_is_an_address_or_a_fetch_error(text: str) -> None:
    for url in (text, f"http://{text}", f"http://{text}/", f"http://example.org/{text}"):
        with contextlib.suppress(FetchError):
            assert str(read(str(read(url)))) == str(read(url))
        with contextlib.suppress(FetchError):
            assert target(read("http://example.org/a"), url).scheme in ("http", "https")


def test_a_name_is_no_literal() -> None:
    with pytest.raises(FetchError, match="not an IPv6 address"):
        literal("::zz")
    assert literal("example.org") is None
    assert str(literal("8.8.8.8")) == "8.8.8.8"
    assert str(literal("2001:4860:4860::8888")) == "2001:4860:4860::8888"
