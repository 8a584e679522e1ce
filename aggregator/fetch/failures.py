"""Third-party exceptions end here: each becomes a FetchError whose sentence says what happened and what to do.

explain(error, url)         what aiohttp, ssl or the system raised
status_error(status, …)     an answer that is neither 200 nor 304
retry_after(value, …)       its Retry-After, in seconds
"""

import math
import os
import re
import socket
import ssl
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus

import aiohttp
from yarl import URL

from aggregator.errors import AddressRefused, FetchError, HttpStatusError, TooLarge
from aggregator.fetch.guard import Refusal
from aggregator.fetch.wire import Flood

_TEMPORARY = "that may pass by itself"
"""Said to whoever asks once (`add`, `check`), too, so it promises no second time."""
_ADVICE = {
    401: "it wants credentials; configure them as a header of this source",
    403: "it does not let this program in; ask its operator, or look at [fetch] user_agent",
    404: "the address may have changed; look for the feed's new one",
    406: "it has nothing of a type that was asked for",
    410: "it is gone for good; remove the source, or look for its new address",
    429: "it is asked too often; the whole host is left alone for a while",
    503: "it is overloaded or in maintenance; the whole host is left alone for a while",
}
_CONNECTION = (aiohttp.ClientConnectorError, aiohttp.ClientOSError)


def explain(error: Exception, url: URL) -> FetchError:
    """What an exception of the client means."""
    text, host = str(url), url.host or ""
    if isinstance(error, aiohttp.ClientConnectorError) and isinstance(error.os_error, Refusal):
        error = error.os_error
    if isinstance(error, Flood) or isinstance(error.__cause__, Flood):
        return TooLarge(f"{host} sends more around its answer than in it (interim answers, chunk sizes, trailers)", url=text)
    if isinstance(error, Refusal):
        return address_refused(text, host, error.address, error.reason)
    if isinstance(error, aiohttp.ClientHttpProxyError):
        told = f"the proxy lets nothing through to {host} (it answered {error.status}); look at [fetch] proxy and its rules"
        return FetchError(told, url=text, reason="proxy")
    if isinstance(error, aiohttp.ClientProxyConnectionError):
        return FetchError(f"the proxy cannot be reached ({_cause(error)}); look at [fetch] proxy", url=text, reason="proxy")
    for kinds, sentence, reason in (
        ((aiohttp.ClientConnectorCertificateError,), f"{host} shows a certificate that is not valid: {_cause(error)}", "tls"),
        (
            (aiohttp.ClientSSLError,),
            f"no secure connection to {host} could be made: {_cause(error)}; see if it speaks https",
            "tls",
        ),
        (
            (aiohttp.ClientConnectorDNSError,),
            f"the name {host} has no address ({_cause(error)}); look for a typing mistake",
            "dns",
        ),
        ((aiohttp.ConnectionTimeoutError,), f"{host} did not accept a connection in time; {_TEMPORARY}", "timeout"),
        ((TimeoutError,), f"{host} fell silent in the middle of its answer; {_TEMPORARY}", "timeout"),
        (_CONNECTION, f"{host} cannot be reached: {_cause(error)}; {_TEMPORARY}", "connect"),
        ((aiohttp.ServerDisconnectedError,), f"{host} closed the connection without an answer; {_TEMPORARY}", "disconnected"),
        ((aiohttp.ClientPayloadError,), f"the answer of {host} was cut off or is badly framed; {_TEMPORARY}", "truncated"),
    ):
        if isinstance(error, kinds):
            return FetchError(sentence, url=text, reason=reason)
    if isinstance(error, aiohttp.ClientResponseError):
        if "more than" in error.message or "Too many" in error.message:
            return TooLarge(f"the header of {host}'s answer is too large; ask its operator", url=text)
        return FetchError(f"what {host} answered is not HTTP; ask its operator", url=text, reason="bad-http")
    return FetchError(f"{host} could not be asked ({type(error).__name__}); {_TEMPORARY}", url=text)


def address_refused(url: str, host: str, address: str, reason: str) -> AddressRefused:
    """The guard's answer. The sentence holds the line that would let it through."""
    what = address if address == host else f"{host} leads to {address}, which"
    allow = f'if it is yours, write allow_private = ["{address}"] below [fetch] in the configuration'
    return AddressRefused(f"{what} is not a public address ({reason}); {allow}", url=url)


def status_error(status: int, url: URL, *, wait: float | None) -> HttpStatusError:
    """An answer that brings nothing. The server's own words are not repeated: they may hold anything."""
    try:
        phrase = f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        phrase = str(status)
    advice = _ADVICE.get(status) or ("the server is in trouble; " + _TEMPORARY if status >= 500 else "no feed came")
    return HttpStatusError(f"{url.host} answered {phrase}: {advice}", url=str(url), status=status, retry_after=wait)


def retry_after(value: str | None, date: str | None, now: datetime) -> float | None:
    """Seconds to wait by Retry-After (RFC 9110 section 10.2.3), None if absent or junk; a date in the past is negative.

    A date counts from the answer's own Date, so that a wrong clock on either side does not matter; else from `now`.
    """
    if value is None:
        return None
    value = value.strip()
    if re.fullmatch(r"[0-9]+", value):
        return float(value) if len(value) < 16 else math.inf
    until, since = _http_date(value), _http_date(date or "")
    return (until - (since or now)).total_seconds() if until is not None else None


def _http_date(value: str) -> datetime | None:
    try:
        parsed = parsedate_to_datetime(value[:100])
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return parsed if parsed.tzinfo is not None else parsed.replace(tzinfo=UTC)


def _cause(error: Exception) -> str:
    """The system's own words for it, without the addresses and class names that libraries put around them."""
    inner: BaseException = error.os_error if isinstance(error, aiohttp.ClientConnectorError) else error
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        inner = error.certificate_error
    if isinstance(inner, ssl.SSLError | ssl.CertificateError):
        words = getattr(inner, "verify_message", "") or (inner.reason or "").replace("_", " ").lower() or str(inner)
    elif isinstance(inner, OSError) and not isinstance(inner, socket.gaierror) and (inner.errno or 0) > 0:
        words = os.strerror(inner.errno or 0)
    else:
        words = str(inner.args[-1]) if inner.args else type(inner).__name__
    return " ".join(words.split())[:200]
