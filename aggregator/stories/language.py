"""Which language is a text in? The declared one, unless its script or its small words say otherwise; else a cheap guess.

Programs declare "en" by default, so a declaration that few small words of the text support gives way to a language that
many support.
"""

import re
from collections import Counter
from itertools import chain

_SCRIPTS = (
    ("ja", re.compile("[\u3040-\u30ff]")),
    ("ko", re.compile("[\uac00-\ud7af]")),
    ("zh", re.compile("[\u4e00-\u9fff]")),
    ("ar", re.compile("[\u0600-\u06ff]")),
    ("ru", re.compile("[\u0400-\u04ff]")),
    ("el", re.compile("[\u0370-\u03ff]")),
    ("he", re.compile("[\u0590-\u05ff]")),
    ("hi", re.compile("[\u0900-\u097f]")),
    ("bn", re.compile("[\u0980-\u09ff]")),
    ("ta", re.compile("[\u0b80-\u0bff]")),
    ("th", re.compile("[\u0e00-\u0e7f]")),
)
_FAMILIES = {
    "ar": frozenset({"ar", "fa", "ur"}),
    "ru": frozenset({"ru", "uk", "bg", "mk", "sr", "be", "kk"}),
    "hi": frozenset({"hi", "mr", "ne"}),
    "zh": frozenset({"zh", "ja", "ko"}),
    "ko": frozenset({"ko"}),
    "ja": frozenset({"ja"}),
}
_SMALL = {
    "en": "the of and to in is that for it with was on as are by at from this has have not be an which will",
    "de": "der die das und ist nicht ein eine zu den mit von dem des im auf für sich auch wird dass bei nach sind war",
    "fr": "le la les et des est une dans du pour qui que pas au sur plus par avec ce sont il elle aux ses mais",
    "es": "el la los las de y en que un una por con para del se es su al lo como más fue sus ha",
    "it": "il di che la e per un in della una sono con del non si le da al gli dei nel alla anche più ha",
    "pt": "o de que e do da em um para com não uma os no se na por mais as dos como foi ao das à",
    "nl": "de het een en van in is dat op te zijn voor met niet aan er om ook als bij door naar wordt maar dan",
    "sv": "och att det som en på är av för med den till inte om ett har de var från men kan vid efter ska",
    "da": "og at det er en til på af for med den der ikke som de har et om fra var kan efter ved blev",
    "nb": "og det er en til på av for med den som ikke de har et om fra var kan etter ved ble seg også",
    "fi": "ja on ei se että oli hän ovat myös kun mutta kuin tai joka niin ole mukaan sekä jo nyt vain",
    "pl": "w i na z do się nie to jest że o jak po za od przez dla są oraz co ale tym był ma jego",
    "cs": "a v se na je že s z do o to i ve k pro za by od po jako jeho jsou ale byl který",
    "hu": "a az és hogy nem is egy ez volt meg de csak már van mint el még ki aki után fel kell",
    "ro": "și în de a la cu pe din că nu o un pentru este care mai au fost sau prin dar sunt după lui",
    "tr": "ve bir bu için ile de da olarak daha çok olan gibi kadar sonra ise var göre ancak ne en",
    "id": "yang dan di ini itu dengan untuk dari tidak dalam pada akan juga ke karena ada oleh mereka telah bisa",
    "ca": "el la els les de i a en que un una per amb del és no se al com més va són ha seva",
}
_BY_WORD: dict[str, tuple[str, ...]] = {}
for _language, _list in _SMALL.items():
    for _word in _list.split():
        _BY_WORD[_word] = (*_BY_WORD.get(_word, ()), _language)
_SETS = {language: frozenset(listed.split()) for language, listed in _SMALL.items()}
_SUPPORT = 0.06
"""The share of small words that settles a declaration."""
_LOOKED_AT = 80
_LEAST = 12
"""Fewer words contradict no declaration."""


def language(declared: str | None, text: str, found: list[str]) -> str:
    """The language's first subtag ("en"). `found`: the text's first words. What nothing tells is taken for English."""
    claim = declared.replace("_", "-").split("-", 1)[0].strip().lower() if declared else ""
    if not text.isascii():
        script = _script(text)
        if script is not None:
            return claim if claim in _FAMILIES.get(script, frozenset({script})) else script
    found = found[:_LOOKED_AT]
    listed = _SETS.get(claim)
    if listed is not None and (len(found) < _LEAST or sum(map(listed.__contains__, found)) >= _SUPPORT * len(found)):
        return claim
    votes = Counter(chain.from_iterable(_BY_WORD.get(word, ()) for word in found))
    best = max(votes, key=lambda candidate: (votes[candidate], candidate == "en", candidate), default="")
    support = votes[best]
    if support < max(2, 2 * _SUPPORT * len(found)):
        return claim or "en"
    return claim if claim and (len(found) < _LEAST or support <= 2 * votes[claim]) else best


def _script(text: str) -> str | None:
    """The script that at least a tenth of the text is written in, by its leading language."""
    sample = text[:400]
    for name, letters in _SCRIPTS:
        if len(letters.findall(sample)) * 10 > len(sample):
            return name
    return None
