import pytest

from app.core.symbols import say_symbols


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("5% off", "5 percent off"),
        ("R&D and you & me", "R and D and you and me"),
        ("20°C, 70 °F, 90°", "20 degrees Celsius, 70 degrees Fahrenheit, 90 degrees"),
        ("$1,200.50, €3, £4 and ¥500", "1200.50 dollars, 3 euros, 4 pounds and 500 yen"),
        ("3,776 or 1,000,000 but 1,2", "3776 or 1000000 but 1,2"),
        (
            "10 km, 5km/h, 3 cm, 2mm, 1 kg",
            "10 kilometers, 5 kilometers per hour, 3 centimeters, 2 millimeters, 1 kilograms",
        ),
        ("5–10 and ~3", "5 to 10 and about 3"),
        ("-5 and 3 - 2", "minus 5 and 3 minus 2"),
        ("2024-01-05, 555-1234, well-known", "2024-01-05, 555-1234, well-known"),
        ("2 × 3 = 6, a + b", "2 times 3 equals 6, a plus b"),
        ("#1 → go", "number 1, go"),
        ("see https://www.example.com:80/a?b=c.", "see example dot com."),
        ("see www.example.com", "see example dot com"),
        ("see https:///x", "see link"),
        ("mail a.b@example.org", "mail a dot b at example dot org"),
    ],
)
def test_english_words_for_signs(text: str, spoken: str) -> None:
    assert say_symbols(text, "en") == spoken
    assert say_symbols(text, "") == spoken


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("50%と50％", "50パーセントと50パーセント"),
        ("20°C〜25°C", "20度から25度"),
        ("5〜10個", "5から10個"),
        ("$5、€6、£7、¥1,500", "5ドル、6ユーロ、7ポンド、1500円"),
        ("3,776mで5km、2cmと1mm", "3776メートルで5キロメートル、2センチメートルと1ミリメートル"),
        ("1kgと5gで60km/h", "1キログラムと5グラムで60キロメートル毎時"),
        ("2×3=6、1+1、3 - 2、-5", "2かける3イコール6、1プラス1、3ひく2、マイナス5"),
        ("A&B→C", "AとB、C"),
        ("詳しくはhttps://a.jp/xを、またはa@b.jpへ", "詳しくはリンクを、またはメールアドレスへ"),
        ("5mailと3gold", "5mailと3gold"),
    ],
)
def test_japanese_words_for_signs(text: str, spoken: str) -> None:
    assert say_symbols(text, "ja") == spoken
