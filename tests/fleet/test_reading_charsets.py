"""Names stay what they are, in whatever charset they were written at home."""

from pathlib import Path
import random
import unicodedata
from zipfile import ZipFile

from hypothesis import assume, given, strategies as st
import pytest

from custom_components.face_module.fleet.archive import (
    ArchiveError,
    ArchiveProblem,
    open_source,
)
from custom_components.face_module.fleet.charsets import Home, decode_names, decode_table
from custom_components.face_module.fleet.languages import WRITTEN, languages_of
from tests.fleet.kit import RawName, examples, fill

TONES = "\u0300\u0301\u0303\u0309\u0323"
NAMES = {
    "ar": ["محمد علي", "فاطمة الزهراء"],
    "bg": ["Георги Щерев", "Юлия Ангелова"],
    "cs": ["Dvořák Jiří", "Tomáš Novotný", "Šárka Černá"],
    "da": ["Søren Ågård", "Bjørn Kjær"],
    "de": ["Jürgen Müller", "Björn Groß", "Käthe Öztürk"],
    "el": ["Γιώργος Παπαδόπουλος", "Ελένη"],
    "en": ["Zoë Brontë", "José Núñez"],
    "es": ["José Muñoz", "Ángel Pérez", "María Íñiguez"],
    "fr": ["Hélène Lefèvre", "François Noël", "Zoé Guérin"],
    "he": ["דוד כהן", "שרה לוי"],
    "hr": ["Željko Šarić", "Đurđa Čović"],
    "hu": ["Győző Szűcs", "Kovács Ágnes"],
    "is": ["Þórður Ægisson"],
    "it": ["Niccolò Pirè", "Cesarò"],
    "ja": ["山田太郎", "佐藤花子", "髙橋さくら", "ソノダ表"],
    "ko": ["김철수", "이영희"],
    "lt": ["Žydrūnė Kazlauskienė"],
    "lv": ["Jānis Bērziņš"],
    "nb": ["Bjørg Ødegård"],
    "pl": ["Łukasz Żółw", "Małgorzata Wiśniewska", "Józef Dąbrowski"],
    "pt": ["João Conceição", "Inês Antão"],
    "ro": ["Ioana Mănescu", "Ştefan Ţăran"],
    "ru": ["Иван Петров", "Анна Щукина"],
    "sr-Latn": ["Živojin Đorđević"],
    "sv": ["Åsa Öberg"],
    "th": ["สมชาย ใจดี"],
    "tr": ["Gülşen Çağlar", "İbrahim Yıldız"],
    "uk": ["Євген Щербак", "Юлія Гайова"],
    "vi": ["Nguyễn Văn Đức", "Trần Thị Hạnh"],
    "zh-Hans": ["陈伟", "张娜", "王喆", "谢联通"],
    "zh-Hant": ["陳小明", "林美玲", "許功蓋"],
}


def written(name: str, charset: str) -> bytes:
    """Return a name as its own systems write it: Vietnamese tones stand behind letters."""
    if charset == "cp1258":
        letters = [unicodedata.normalize("NFD", letter) for letter in name]
        name = "".join(
            unicodedata.normalize("NFC", "".join(c for c in letter if c not in TONES))
            + "".join(c for c in letter if c in TONES)
            for letter in letters
        )
    return name.encode(charset)


def usual(language: str) -> tuple[str, str]:
    """Return the charsets of a language's Windows: for CSV, and for names in zips."""
    charsets = WRITTEN[language].charsets
    return charsets[0], charsets[1 if len(charsets) > 1 else 0]


def can_write(name: str, charset: str) -> bool:
    try:
        written(name, charset)
    except UnicodeEncodeError:
        return False
    return True


AT_HOME = [
    (language, charset, name)
    for language, names in NAMES.items()
    for charset in dict.fromkeys(usual(language))
    for name in names
    if can_write(name, charset)
]


@pytest.mark.parametrize(("language", "charset", "name"), AT_HOME)
def test_a_single_name_is_read_at_home_in_tables_and_zips(
    tmp_path: Path, language: str, charset: str, name: str
) -> None:
    raw, home = written(name, charset), Home(language)
    fill(tmp_path / "a", "1.jpg", people=b"file;name\r\n1.jpg;" + raw + b"\r\n")
    with open_source(tmp_path / "a", home) as source:
        assert [person.name for person in source.people] == [name]
        assert [line.problem for line in source.notes] == [ArchiveProblem.CHARSET]
    with ZipFile(tmp_path / "b.zip", "w") as packed:
        packed.writestr(RawName(raw + b".jpg"), b"picture")
    with open_source(tmp_path / "b.zip", home) as source:
        assert [person.name for person in source.people] == [name]
        assert [line.problem for line in source.notes] == [ArchiveProblem.CHARSET_NAMES]


@pytest.mark.parametrize("language", NAMES)
@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"]
)
@pytest.mark.parametrize("separator", ["", "sep=;\r\n", '"sep=;"\r\n'])
def test_unicode_is_no_guess_wherever_it_is_read(
    tmp_path: Path, language: str, encoding: str, separator: str
) -> None:
    rows = "".join(f"{n}.jpg;{name}\r\n" for n, name in enumerate(NAMES[language]))
    table = f"{separator}file;name\r\n{rows}".encode(encoding)
    fill(tmp_path, *(f"{n}.jpg" for n in range(len(NAMES[language]))), people=table)
    for home in (Home(), Home("de", "DE"), Home("zh-Hans", "CN"), Home("ja")):
        with open_source(tmp_path, home) as source:
            assert [person.name for person in source.people] == NAMES[language]
            assert source.notes == []


@pytest.mark.parametrize("language", NAMES)
def test_macos_names_are_composed_wherever_they_are_read(
    tmp_path: Path, language: str
) -> None:
    with ZipFile(tmp_path / "a.zip", "w") as packed:
        for name in NAMES[language]:
            raw = unicodedata.normalize("NFD", f"{name}.jpg").encode()
            packed.writestr(RawName(raw), b"picture")
            packed.writestr(RawName(b"__MACOSX/._" + raw), b"x")
    for home in (Home(), Home("de", "DE"), Home("zh-Hans", "CN"), Home("ja")):
        with open_source(tmp_path / "a.zip", home) as source:
            assert {person.name for person in source.people} == set(NAMES[language])
            assert source.problems == source.notes == []


@pytest.mark.parametrize(
    ("home", "language"),
    [
        (Home("en", "CN"), "zh-Hans"),
        (Home("en", "TW"), "zh-Hant"),
        (Home("en", "JP"), "ja"),
        (Home("de", "PL"), "pl"),
        (Home("en-GB", "RU"), "ru"),
        (Home("zh", None), "zh-Hans"),
        (Home("zh-TW", None), "zh-Hant"),
        (Home("de-AT", None), "de"),
        (Home("pt-BR", None), "pt"),
        (Home("nn", None), "nb"),
    ],
)
def test_the_country_speaks_too(home: Home, language: str) -> None:
    assert language in languages_of(home.language, home.country)
    charset = usual(language)[0]
    data = "name\n{}\n".format("\n".join(NAMES[language])).encode(charset)
    assert (
        decode_table(data, home, lambda _: True).text.split("\n")[1:-1] == NAMES[language]
    )


@pytest.mark.parametrize(
    "language", ["de", "fr", "ja", "ko", "pl", "ru", "tr", "zh-Hans", "zh-Hant"]
)
@pytest.mark.parametrize(
    "home", [Home("de", "DE"), Home("en", "US"), Home("zh-Hans", "CN")]
)
def test_headings_settle_what_a_table_is_written_in(home: Home, language: str) -> None:
    header = {
        "de": "Vollständiger Name;Datei",
        "fr": "Nom;Prénom",
        "ja": "氏名;写真",
        "ko": "이름;사진",
        "pl": "Imię;Nazwisko;Zdjęcie",
        "ru": "Имя;Фото",
        "tr": "Ad Soyad;Fotoğraf",
        "zh-Hans": "姓名;照片",
        "zh-Hant": "姓名;檔名",
    }[language]
    data = "\n".join([header, *NAMES[language]]).encode(usual(language)[0])
    known = header.split(";")
    decoded = decode_table(
        data, home, lambda text: set(known) <= set(text.split("\n")[0].split(";"))
    )
    assert decoded.text.split("\n")[1:] == NAMES[language]


def letters(language: str) -> st.SearchStrategy[str]:
    """Make up words of a language's own letters and of plain ones."""
    own = WRITTEN[language].letters or frozenset("".join(NAMES[language])) - {" "}
    word = st.text(st.sampled_from(sorted(own)), min_size=1, max_size=3)
    plain = st.text(st.sampled_from("abdeiklmnorstu"), max_size=4)
    if language in (
        "ja",
        "ko",
        "zh-Hans",
        "zh-Hant",
        "ar",
        "he",
        "th",
        "el",
        "ru",
        "uk",
        "bg",
    ):
        plain = st.just("")
    parts = st.tuples(plain, word, plain).map("".join)
    return parts.map(lambda text: text[:1].upper() + text[1:].lower())


@examples
@given(st.data())
def test_made_up_names_are_read_at_home(data: st.DataObject) -> None:
    language = data.draw(st.sampled_from(sorted(NAMES)))
    charset = usual(language)[0]
    names = data.draw(st.lists(letters(language), min_size=3, max_size=12, unique=True))
    names = [unicodedata.normalize("NFC", name) for name in names]
    try:
        raws = [written(name, charset) for name in names]
    except UnicodeEncodeError:
        assume(False)
    table = b"name\n" + b"\n".join(raws)
    decoded = decode_table(table, Home(language), lambda _: True)
    found = unicodedata.normalize("NFC", decoded.text).split("\n")[1:]
    assert found == names
    assert all(raw in decode_names(raws, Home(language))[0] for raw in raws)


@examples
@given(st.lists(st.text(min_size=1, max_size=8), max_size=5))
def test_any_text_in_utf8_stays_as_it_is_in_the_west(names: list[str]) -> None:
    raws = [name.encode() for name in names]
    found, guess = decode_names(raws, Home("de"))
    assert [found[raw] for raw in raws] == names
    assert guess is None


@examples
@given(st.lists(st.binary(max_size=20), max_size=5))
def test_any_bytes_are_some_name(raws: list[bytes]) -> None:
    assert decode_names(raws, Home("ja"))[0].keys() == set(raws)


def test_two_systems_in_a_zip_are_told_apart() -> None:
    raws = ["Jürgen Groß".encode("cp850"), "张娜和陈伟".encode(), b"Anna"]
    found, _ = decode_names(raws, Home("de"))
    assert list(map(found.get, raws)) == ["Jürgen Groß", "张娜和陈伟", "Anna"]


@pytest.mark.parametrize(
    ("raw", "name", "home"),
    [
        # Two accented letters in a row of an older Windows.
        ("Zoéà".encode("cp850"), "Zoéà", Home("fr")),
        ("Loïë Müöller".encode("cp437"), "Loïë Müöller", Home("en")),
        ("Jürgen Müller".encode("cp850"), "Jürgen Müller", Home("zh-Hans", "CN")),
        ("Jürgen Müller".encode("cp1252"), "Jürgen Müller", Home("zh-Hans", "CN")),
        ("张娜".encode("gbk"), "张娜", Home("de", "DE")),
        ("谢".encode("gbk"), "谢", Home("zh-Hans", "CN")),
    ],
)
def test_names_from_abroad(raw: bytes, name: str, home: Home) -> None:
    assert decode_names([raw], home)[0] == {raw: name}


def test_noise_is_no_table() -> None:
    noise = random.Random(1).randbytes(2000).replace(b"\0", b"\1")
    with pytest.raises(UnicodeError):
        decode_table(b"name\n" + noise, Home("de"), lambda _: True)


def test_a_table_that_is_cut_in_a_character_is_refused(tmp_path: Path) -> None:
    fill(tmp_path, "1.jpg", people=b"\xff\xfen\0a\0m")
    with pytest.raises(ArchiveError) as caught:
        open_source(tmp_path)
    assert caught.value.problem is ArchiveProblem.CSV
