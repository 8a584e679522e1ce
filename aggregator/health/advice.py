"""What an operator can do about a source that fails, by the short reason of its error. Pure.

advice(reason, source id, address) → sentences
"""

from collections.abc import Mapping

_RETRY = "Then `aggregator poll {id} --force` tries at once."
_END = "`enabled = false` ends the polling and keeps the items."
_WAIT = "Nothing, if it passes: it is asked again by itself."
_MOVED = "Open {address} in a browser; if it has moved, mend its url in the configuration."

_ADVICE: Mapping[str, tuple[str, ...]] = {
    "http-401": ("It wants credentials, or others than it is given: mend them in the configuration of this source.", _RETRY),
    "http-403": (
        "Ask its operator to let this program in; `[fetch] user_agent` with a `contact` helps them to know you.",
        _RETRY,
        _END,
    ),
    "http-404": ("Look for the feed's new address on its site and mend its url in the configuration.", _RETRY, _END),
    "http-410": ("Its publisher says that it is gone for good: remove it, or look for a new address.", _END),
    "http-429": (_WAIT, "If it goes on, give it a longer `interval`, or its host a larger `[fetch] host_gap`."),
    "dns": (
        "Look for a typing mistake in its url; if there is none, its name has lapsed, or this machine finds no names.",
        _RETRY,
    ),
    "tls": (
        "Its certificate is its operator's to mend: tell them. Look whether the clock of this machine is right, too.",
        _RETRY,
    ),
    "not-a-feed": ("Open {address} in a browser and look for the feed's address on the page; mend its url.", _RETRY, _END),
    "private-address": (
        "If it is yours, name its network in `allow_private`; if it is not, its name leads to where it must not.",
        _RETRY,
    ),
    "too-large": ("Look at {address}: is it the feed that you mean? Many sites have a shorter one.", _END),
    "worker": ("Look at {address}: a document that stops the parser is broken, or made to do so.", _END),
    "parse": (
        "Its publisher's program writes something broken: tell them. Until it is mended, what it brought stays published.",
        _RETRY,
    ),
    "redirect": (_MOVED, _RETRY),
    "unreadable": ("Look whether {address} is there and may be read by the user that runs this program.", _RETRY),
}
_SERVER = (_WAIT, "If it goes on for days, tell its operator; what it brought stays published.", _END)
_OTHERWISE = (_MOVED, _RETRY, _END)
_LOCAL = ("Look whether {address} is there and may be read.", _RETRY, _END)
_TEMPORARY = frozenset({"timeout", "connect", "disconnected", "truncated"})


def advice(reason: str | None, source_id: str, address: str | None) -> str:
    """What to do. `reason` as in `SourceError.reason`; `address` None where it must not be shown."""
    if address is not None and address.startswith(("/", "file:")):
        sentences: tuple[str, ...] = _LOCAL
    elif reason is None:
        sentences = _OTHERWISE
    elif reason.startswith("http-5") or reason in _TEMPORARY:
        sentences = _SERVER
    else:
        sentences = _ADVICE.get(reason, _OTHERWISE)
    return " ".join(sentences).replace("{id}", source_id).replace("{address}", address or "its address")
