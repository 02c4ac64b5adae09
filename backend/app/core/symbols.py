"""Signs that a voice would stumble over, as words of the language: amounts, units, addresses, arithmetic."""

import re
from collections.abc import Callable, Sequence

Rule = tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]]

_NOT_IN_URL = r"\s<>()\[\]\"'\u2e80-\U0010ffff"
_URL = rf"(?:https?://|www\.)[^{_NOT_IN_URL}]*[^{_NOT_IN_URL}.,;:!?]"
_MAIL = r"[A-Za-z0-9._+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+"
_AMOUNT = r"\s?(\d+(?:\.\d+)?)"


def _rules(*pairs: tuple[str, str | Callable[[re.Match[str]], str]]) -> tuple[Rule, ...]:
    return tuple((re.compile(pattern), words) for pattern, words in pairs)


def _say_host(url: re.Match[str]) -> str:
    host = re.split(r"[/:?#]", url.group().split("://")[-1])[0].removeprefix("www.")
    return host.replace(".", " dot ") or "link"


def _say_mail(address: re.Match[str]) -> str:
    return address.group().replace("@", " at ").replace(".", " dot ")


_ENGLISH = _rules(
    (_URL, _say_host),
    (_MAIL, _say_mail),
    (r"(?<=\d),(?=\d{3}(?!\d))", ""),
    (rf"\${_AMOUNT}", r"\1 dollars"),
    (rf"€{_AMOUNT}", r"\1 euros"),
    (rf"£{_AMOUNT}", r"\1 pounds"),
    (rf"[¥￥]{_AMOUNT}", r"\1 yen"),
    (r"\s?°C\b", " degrees Celsius"),
    (r"\s?°F\b", " degrees Fahrenheit"),
    (r"\s?°", " degrees"),
    (r"(?<=\d)\s?km/h\b", " kilometers per hour"),
    (r"(?<=\d)\s?km\b", " kilometers"),
    (r"(?<=\d)\s?cm\b", " centimeters"),
    (r"(?<=\d)\s?mm\b", " millimeters"),
    (r"(?<=\d)\s?kg\b", " kilograms"),
    (r"\s?[%％]", " percent"),
    (r"\s?&\s?", " and "),
    (r"(?<=\d)\s-\s(?=\d)", " minus "),
    (r"(?<!\w)[-−](?=\d)", "minus "),
    (r"(?<=\d)\s?[–〜～]\s?(?=\d)", " to "),
    (r"[~〜～≈](?=\d)", "about "),
    (r"(?<=[\w)])\s\+\s(?=[\w(])", " plus "),
    (r"\s?[=＝]\s?", " equals "),
    (r"(?<=\d)\s?[×*]\s?(?=\d)", " times "),
    (r"#(?=\d)", "number "),
    (r"\s?(?:→|->|=>)\s?", ", "),
)

_JAPANESE = _rules(
    (_URL, "リンク"),
    (_MAIL, "メールアドレス"),
    (r"(?<=\d),(?=\d{3}(?!\d))", ""),
    (rf"\${_AMOUNT}", r"\1ドル"),
    (rf"€{_AMOUNT}", r"\1ユーロ"),
    (rf"£{_AMOUNT}", r"\1ポンド"),
    (rf"[¥￥]{_AMOUNT}", r"\1円"),
    (r"\s?°C?(?![A-Za-z])", "度"),
    (r"(?<=\d)\s?km/h(?![A-Za-z])", "キロメートル毎時"),
    (r"(?<=\d)\s?km(?![A-Za-z])", "キロメートル"),
    (r"(?<=\d)\s?cm(?![A-Za-z])", "センチメートル"),
    (r"(?<=\d)\s?mm(?![A-Za-z])", "ミリメートル"),
    (r"(?<=\d)\s?m(?![A-Za-z])", "メートル"),
    (r"(?<=\d)\s?kg(?![A-Za-z])", "キログラム"),
    (r"(?<=\d)\s?g(?![A-Za-z])", "グラム"),
    (r"\s?[%％]", "パーセント"),
    (r"\s?[&＆]\s?", "と"),
    (r"(?<=\d)\s-\s(?=\d)", "ひく"),
    (r"(?<!\w)[-−](?=\d)", "マイナス"),
    (r"(?<=\w)\s?[〜～~–]\s?(?=\d)", "から"),
    (r"\s?[+＋]\s?(?=\d)", "プラス"),
    (r"\s?[=＝]\s?", "イコール"),
    (r"(?<=\d)\s?[×*]\s?(?=\d)", "かける"),
    (r"\s?(?:→|->|=>)\s?", "、"),
)


def say_symbols(text: str, language: str) -> str:
    """Return the text with signs and addresses as words; a language without words of its own gets English ones."""
    rules: Sequence[Rule] = _JAPANESE if language == "ja" else _ENGLISH
    for pattern, words in rules:
        text = pattern.sub(words, text)
    return text
