"""The last resort for dates: words and numbers in any order, in the languages that feeds are written in.

    guess    value → datetime | None; whoever asks marks it as guessed

All of a value must be understood: day, month and year once each, the rest from a list of words that mean nothing here.
"""

import re
import unicodedata
from calendar import weekday
from collections.abc import Iterator, Mapping
from datetime import datetime, tzinfo

from aggregator.normalize import zones

_MONTHS: Mapping[str, int] = {
    name: number
    for number, names in enumerate(
        (
            "jan january januar janner janvier janv enero ene januari gennaio gen janeiro stycznia",
            "feb february februar fevrier fevr fev febrero februari febbraio fevereiro lutego",
            "mar march marz mrz mars marzo maart mrt marco marca",
            "apr april avril avr abril abr aprile kwietnia",
            "may mai mayo mei maggio mag maio maja maj",
            "jun june juni juin junio giugno giu junho czerwca",
            "jul july juli juillet juil julio luglio lug julho lipca",
            "aug august aout agosto ago augustus augusti sierpnia",
            "sep sept september septembre septiembre setiembre settembre set setembro wrzesnia",
            "oct october okt oktober octobre octubre ottobre ott outubro out pazdziernika",
            "nov november novembre noviembre novembro listopada",
            "dec december dez dezember decembre diciembre dic dicembre dezembro grudnia",
        ),
        1,
    )
    for name in names.split()
}
_FILLER = frozenset(
    """
    at on of the um uhr den der am de del le la les a as el los il alle ore op om van w dnia kl klokken o h hrs hours
    posted published created updated modified date datum last edited by fecha
    mon tue wed thu fri sat sun tues weds thur thurs monday tuesday wednesday thursday friday saturday sunday
    montag dienstag mittwoch donnerstag freitag samstag sonnabend sonntag mo di mi do fr sa so
    lundi mardi mercredi jeudi vendredi samedi dimanche lun mer jeu ven sam dim
    lunes martes miercoles jueves viernes sabado domingo mie jue vie sab dom
    maandag dinsdag woensdag donderdag vrijdag zaterdag zondag ma wo vr za zo
    lunedi martedi mercoledi giovedi venerdi sabato domenica gio
    segunda terca quarta quinta sexta feira seg ter qua qui sex
    man tir ons tor lor son mandag tirsdag onsdag torsdag lordag sondag mandag tisdag lordag
    pon wt sro czw pt sob ndz poniedzialek wtorek sroda czwartek piatek sobota niedziela
    """.split()
)
_TIME = re.compile(
    r"(?<![\d.])(\d{1,2})\s?(?::|h|\.(?=\d{2}\s*(?:uhr|h)\b))\s?(\d{2})(?::(\d{2})(?:\.\d+)?)?(?!\d)\s*(?:([ap])\.?m\b\.?)?"
)
_HOUR = re.compile(r"(?<![\d:])(\d{1,2})\s*([ap])\.?m\b\.?")
_ZONE = re.compile(r"(?:\b(?:gmt|utc|ut)\s*)?[+−-]\d{2}:?\d{2}\b|\b[A-Z]{2,5}\b|\b[A-Z][a-z]+/[A-Z][A-Za-z_]+\b")
_NUMERIC = (
    (re.compile(r"(?<!\d)(\d{4})\s?[./年년-]\s?(\d{1,2})\s?[./月월-]\s?(\d{1,2})(?!\d)\s?[日일.]?"), "ymd"),
    (re.compile(r"(?<!\d)(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4})(?!\d)"), "dmy"),
    (re.compile(r"(?<!\d)(\d{1,2})([/-])(\d{1,2})\2(\d{4})(?!\d)"), "?"),
)
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WORD = re.compile(r"\d+(?:st|nd|rd|th|er|º|ª|\.)?|[^\W\d_]+")
_SUFFIX = re.compile(r"(?:st|nd|rd|th|er|º|ª|\.)$")


def guess(value: str, zone: tzinfo) -> datetime | None:
    """Return the moment that a date in words or numbers most likely means. Raises ValueError for what is in no calendar.

    Slashes with both numbers up to 12 are read as the weekday says, the American way beside am or pm, and else not at all.
    """
    named, rest = _named_zone(value)
    rest = _plain(rest)
    clock, rest = _clock(rest)
    date, rest = _numeric(rest, american=clock[3])
    if date is None:
        date, rest = _worded(rest)
    if date is None or any(word not in _FILLER for word in _WORD.findall(rest)):
        return None
    return datetime(*date, *clock[:3], tzinfo=named or zone)


def _plain(value: str) -> str:
    decomposed = unicodedata.normalize("NFD", value.lower())
    return unicodedata.normalize("NFC", "".join(character for character in decomposed if not "\u0300" <= character <= "\u036f"))


def _named_zone(value: str) -> tuple[tzinfo | None, str]:
    for match in _ZONE.finditer(value):
        zone = zones.read(match.group()) if match.group() not in {"AM", "PM"} else None
        if zone is not None:
            return zone, f"{value[: match.start()]} {value[match.end() :]}"
    return None, value


def _clock(value: str) -> tuple[tuple[int, int, int, bool], str]:
    """Return (hour, minute, second, were am or pm said?), and what is left."""
    match = _TIME.search(value)
    if match is not None:
        hour, minute, second, half = int(match[1]), int(match[2]), int(match[3] or 0), match[4]
    else:
        match = _HOUR.search(value)
        if match is None:
            return (0, 0, 0, False), value
        hour, minute, second, half = int(match[1]), 0, 0, match[2]
    if half:
        if not 1 <= hour <= 12:
            raise ValueError(f"there is no {hour} {half}m")
        hour = hour % 12 + (12 if half == "p" else 0)
    return (hour, minute, second, bool(half)), f"{value[: match.start()]} {value[match.end() :]}"


def _numeric(value: str, *, american: bool) -> tuple[tuple[int, int, int] | None, str]:
    for pattern, order in _NUMERIC:
        match = pattern.search(value)
        if match is None:
            continue
        rest = f"{value[: match.start()]} {value[match.end() :]}"
        if order == "ymd":
            return (int(match[1]), int(match[2]), int(match[3])), rest
        if order == "dmy":
            return (int(match[3]), int(match[2]), int(match[1])), rest
        first, second, year = int(match[1]), int(match[3]), int(match[4])
        if first > 12 or first == second:
            return (year, second, first), rest
        if second > 12 or american:
            return (year, first, second), rest
        return _by_weekday(year, first, second, rest), rest
    return None, value


def _by_weekday(year: int, one: int, other: int, rest: str) -> tuple[int, int, int] | None:
    """Tell day from month by the English weekday that stands beside them, if only one way fits."""
    said = {_WEEKDAYS.index(word[:3]) for word in _WORD.findall(rest) if word[:3] in _WEEKDAYS and word in _FILLER}
    ways = [(year, month, day) for month, day in ((one, other), (other, one)) if {weekday(year, month, day)} == said]
    return ways[0] if len(ways) == 1 else None


def _worded(value: str) -> tuple[tuple[int, int, int] | None, str]:
    """Find a month's name, a year of four digits and a day; each exactly once."""
    day = month = year = 0
    left = []
    for word in _words(value):
        digits = _SUFFIX.sub("", word)
        if not month and word.rstrip(".") in _MONTHS:
            month = _MONTHS[word.rstrip(".")]
        elif digits.isascii() and digits.isdigit() and len(digits) == 4 and not year:
            year = int(digits)
        elif digits.isascii() and digits.isdigit() and len(digits) <= 2 and not day:
            day = int(digits)
        else:
            left.append(word)
    return ((year, month, day) if day and month and year else None), " ".join(left)


def _words(value: str) -> Iterator[str]:
    return (match.group() for match in _WORD.finditer(value))
