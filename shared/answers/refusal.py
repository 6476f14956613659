"""The model declines: in prose, with no code of the service that says so."""

import re

from shared.errors import Refused

_LONGEST = 1500  # characters: a refusal is short
_LEAD = (
    r"(?:(?:i'?m|i am|we'?re) (?:so |very |really |truly )?(?:sorry|afraid)|sorry|apologies|"
    r"my apologies|i (?:sincerely )?apologi[sz]e(?: for [^,.]{1,40})?|unfortunately|"
    r"as an? (?:ai|artificial|large|language|text)[^,.]{0,60}|"
    r"(?:i'?m|i am) (?:just |only )?an? (?:ai|large|language|text)[^,.;]{0,60})"
    r"[\s,.;:!-]*(?:but|and|so|however|that)?[\s,]*"
)
_UNABLE = (
    r"(?:i|we) (?:really |simply |just )?(?:can'?t|cannot|can not|won'?t|will not|"
    r"must decline|have to decline|decline|do not feel comfortable|don'?t feel comfortable|"
    r"(?:do not|don'?t) have the (?:ability|capacity|capability)|refuse)|"
    r"(?:i'?m|i am|we'?re|i was) (?:currently |only )?(?:unable|not able|not allowed|not permitted|"
    r"not comfortable|not programmed|not designed|prohibited)|i (?:will|would) not be able|"
    r"i won'?t be able"
)
_REQUEST = (
    r"(?:you with |with |to )?(?:that|this|your|the|such|any|an?)\b[^.]{0,30}"
    r"\b(?:request|task|question|image|photo|picture|content|material)|"
    r"(?:real |specific )?(?:people|persons|individuals|faces)\b"
)
_DECLINED = (
    r"(?:help(?! but| \w+ing)|assist|compl(?:y|ying)|fulfil|engage|"
    r"continue with|do (?:that|this)\b|"
    r"(?:process|provide|generate|create|describ|caption|identify|recogni[sz]e|analy[sz]e|answer|"
    r"respond|discuss|label|detect|segment|compare|transcrib|classify)\w*\W+(?:" + _REQUEST + r"))"
)
_RULES = (
    r"(?:that|this|it|your request|this request|this image|the image|the request) "
    r"(?:violates|goes against|is against|would violate|conflicts with)[^.]{0,40}"
    r"(?:polic|guideline|rule|terms)|i'?m designed (?:solely )?to [^.]{0,80}unable to"
)
_ELSEWHERE = (
    r"es tut mir leid,? (?:aber )?(?:ich kann|dabei kann ich|das kann ich)[^.]{0,60}nicht|"
    r"tut mir leid,? (?:aber )?(?:ich kann|dabei kann ich)[^.]{0,60}nicht|"
    r"lo siento,? (?:pero )?no puedo (?:ayudar|cumplir|procesar|proporcionar)|"
    r"(?:je suis )?d[ée]sol[ée]e?,? (?:mais )?je ne (?:peux|suis) pas[^.]{0,20}"
    r"(?:aider|r[ée]pondre|traiter|fournir|en mesure)|"
    r"(?:desculpe|sinto muito|lamento),? (?:mas )?n[ãa]o posso (?:ajudar|atender|processar)|"
    r"mi dispiace,? (?:ma )?non posso (?:aiutar|soddisfare|elaborare)"
)
_REFUSAL = re.compile(
    rf"(?:(?:{_LEAD}){{0,3}}(?:{_UNABLE})\b[^.\n]{{0,40}}?\b{_DECLINED}"
    rf"|(?:{_LEAD}){{0,3}}(?:{_RULES})|{_ELSEWHERE})",
    re.IGNORECASE,
)


def check(text: str) -> None:
    """Raise Refused if a short text begins as refusals do."""
    plain = text.strip("`\"'*# \t\r\n").replace("\u2019", "'")
    if len(plain) <= _LONGEST and _REFUSAL.match(plain):
        raise Refused("The model declined in words of its own.")
