"""Where the firmware may differ from its document: the switches.

A quirk is a field of `Quirks` and a row of `_BEHAVIOR` that says what it changes, by
the hooks of `hooks.py`. One that changes what the module does, and not how it says it,
has no row: it is read where that is done.
"""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Literal, Self, get_args

from . import answers, callbacks, spelling
from .hooks import Quirk, Together

ProfileName = Literal["document", "hostile"]
PROFILES: tuple[ProfileName, ...] = get_args(ProfileName)


@dataclass
class Quirks(Together):
    """Switches for what the document leaves open or contradicts, and for real firmware.

    All off (but `sysconfig_without_log`) is the module as the tables of the
    document describe it.
    """

    # The document's contradictions and silences
    multiface_by_2949: bool = False
    """SetMultiFaceDetectEnable 2985 is refused; 2949 works, as in the example."""
    multiface_2985_ignored: bool = False
    """2985 answers 0 and changes nothing; 2949 on /RecognitionManage works."""
    echoes_wrong_threshold: bool = False
    """SetLivenessThreshold answers 100 whatever was set, as in the example."""
    numer: bool = False
    """GetUserNumber answers `numer`, as in the table, instead of `number`."""
    wants_capital_pass: bool = False
    """SetLivenessType looks for the password in `Pass`, as in its table."""
    no_register_img: bool = False
    """GetUserInfo answers without the picture, as in its table."""
    sysconfig_without_log: bool = True
    """GetSysConfig answers without `log`, as in the example."""
    trailing_commas: bool = False
    """Objects and lists of answers and callbacks end with a comma."""
    curly_quotes: bool = False
    """Answers have typographic quotes, full-width commas between members, and
    a full-width colon after `register_img`, as the examples have."""
    gb18030: bool = False
    """Answers and callbacks are encoded in GB18030 instead of UTF-8."""
    null_lists: bool = False
    """Empty lists in answers are null."""
    missing_lists: bool = False
    """Empty lists in answers are left out."""
    records_uuid_is_name: bool = False
    """Records carry the name as `uuid`; DeleteRecords capitalizes the id."""
    closes_idle: bool = False
    """Each connection serves one request and is then dead without notice: the
    next request on it is never read, the connection closes instead."""
    refuses_empty_url: bool = False
    """Callback addresses cannot be set to "" (ret_code 1)."""
    restart_blanks_callbacks: bool = False
    """Restart forgets the three callback addresses."""
    restore_resets_password: bool = False
    """Restore sets the password back to 123456."""
    reports_strangers: bool = False
    """Unknown faces are posted too, with empty `user_id` and `username`."""
    reports_spoofs: bool = False
    """Faces that fail the liveness check are recognized and posted all the same."""
    text_plain: bool = False
    """Answers say `Content-Type: text/plain; charset=gb2312`."""

    # How it writes
    numbers_as_strings: bool = False
    """GetSysConfig answers its numbers as strings."""
    strings_in_answers: bool = False
    """All numbers of answers are strings, `ret_code` too."""
    strings_in_callbacks: bool = False
    """All numbers of callbacks are strings."""
    floats_for_integers: bool = False
    """Integers of answers and callbacks have a decimal point: 1577763831.0."""
    numeric_ids: bool = False
    """User ids that are plain numbers come as numbers, in answers and callbacks."""
    padded_bodies: bool = False
    """White space and NULs follow the JSON of answers and callbacks."""
    raw_line_feeds: bool = False
    """Strings of answers and callbacks have line feeds and tabs that are not
    escaped; `log` and base64 end with one."""
    wrapped_base64: bool = False
    """Base64 has a line break after every 76 characters."""
    data_urls: bool = False
    """Pictures begin with `data:image/jpeg;base64,`."""
    refuses_with_status: bool = False
    """What is refused has HTTP status 400, a wrong password 401; the body stays."""
    done_with_201: bool = False
    """What is done has HTTP status 201."""

    # What it says
    null_callbacks: bool = False
    """GetSysConfig answers null for callback addresses that are blank."""
    missing_callbacks: bool = False
    """GetSysConfig leaves the callback addresses out, set or not."""
    slash_shown: bool = False
    """GetSysConfig shows callback addresses with a slash behind them; callbacks go
    to what was set."""
    slash_added: bool = False
    """Callback addresses get a slash behind them, and callbacks go there."""
    refuses_callbacks: bool = False
    """Callback addresses but "" are refused."""
    refuses_version: bool = False
    """GetSoftVersion is refused."""
    other_serial: bool = False
    """Answers and callbacks have another serial, as of another module at the address."""
    serial_line_break: bool = False
    """The serial in callbacks ends with a line feed."""
    serial_lower_case: bool = False
    """The serial in callbacks is in lower case."""
    quantized_scores: bool = False
    """Scores have 8 bits: steps of 1/256, at most 0.99609375."""
    saturated_scores: bool = False
    """Mask and liveness say 0.99609375 from 0.9 on, and 0 up to 0.1."""
    cut_names: bool = False
    """The name in recognitions ends one byte before its last character does that
    has several; of an ASCII name nothing is missing."""
    cut_names_by_two: bool = False
    """As `cut_names`, two bytes before the end of a character that has three."""
    repeated_records: bool = False
    """SearchRecords lists each record twice."""
    repeated_recognitions: bool = False
    """Each recognition is posted twice."""
    shrinks_pictures: bool = False
    """GetUserInfo answers the picture compressed anew, with 70 % of each side."""
    liveness_lags: bool = False
    """Liveness scores follow up to a second after the recognition; what is posted
    with it are those of whoever was there before."""

    def set(self, name: str, *, value: bool = True) -> None:
        """Switch one quirk. Raises KeyError for a name that does not exist."""
        if name not in {item.name for item in fields(self)}:
            raise KeyError(name)
        setattr(self, name, value)

    @classmethod
    def of(cls, profile: ProfileName) -> Self:
        """Return the switches of a profile.

        `hostile` is everything at once that goes together and does not change who is
        recognized. Raises KeyError for one that does not exist.
        """
        if profile not in PROFILES:
            raise KeyError(profile)
        names = _HOSTILE if profile == "hostile" else ()
        return cls(**dict.fromkeys(names, True))

    @property
    def charset(self) -> str:
        """The encoding of answers and callbacks."""
        return "gb18030" if self.gb18030 else "utf-8"

    def quirks(self) -> Iterable[Quirk]:
        """Return what the switches that are on change."""
        return [quirk for name, quirk in _BEHAVIOR.items() if getattr(self, name)]


# In the order in which they change something: what is said before how it is written.
_BEHAVIOR: dict[str, Quirk] = {
    "multiface_by_2949": answers.OnlyTheExampleOfMultiface(),
    "echoes_wrong_threshold": answers.EchoesWrongThreshold(),
    "numer": answers.Numer(),
    "no_register_img": answers.NoRegisterImg(),
    "sysconfig_without_log": answers.SysConfigWithoutLog(),
    "null_lists": answers.NullLists(),
    "missing_lists": answers.MissingLists(),
    "records_uuid_is_name": answers.RecordsUuidIsName(),
    "repeated_records": answers.RepeatedRecords(),
    "null_callbacks": answers.NullCallbacks(),
    "slash_shown": answers.SlashShown(),
    "slash_added": answers.SlashAdded(),
    "missing_callbacks": answers.MissingCallbacks(),
    "refuses_callbacks": answers.RefusesCallbacks(),
    "refuses_empty_url": answers.RefusesEmptyUrl(),
    "refuses_version": answers.RefusesVersion(),
    "shrinks_pictures": answers.ShrinksPictures(),
    "other_serial": callbacks.OtherSerial(),
    "serial_lower_case": callbacks.SerialInLowerCase(),
    "serial_line_break": callbacks.SerialWithLineBreak(),
    "cut_names": callbacks.CutNames(1),
    "cut_names_by_two": callbacks.CutNames(2),
    "saturated_scores": callbacks.SaturatedScores(),
    "quantized_scores": callbacks.QuantizedScores(),
    "data_urls": spelling.DataUrls(),
    "wrapped_base64": spelling.WrappedBase64(),
    "raw_line_feeds": spelling.RawLineFeeds(),
    "padded_bodies": spelling.Padded(),
    "numeric_ids": spelling.NumericIds(),
    "floats_for_integers": spelling.Floats(),
    "numbers_as_strings": answers.SettingsInStrings(),
    "strings_in_answers": spelling.AnswersInStrings(),
    "strings_in_callbacks": spelling.CallbacksInStrings(),
    "refuses_with_status": spelling.StatusOfRefusal(),
    "done_with_201": spelling.StatusOfSuccess(),
}

# Not in it: what excludes another (2949 alone, GB18030, lists and addresses left out,
# floats, numeric ids), what leaves nothing to work with (refused or other addresses, no
# picture, another serial), and what changes who is reported or which password is right.
_HOSTILE = (
    "multiface_2985_ignored",
    "echoes_wrong_threshold",
    "numer",
    "wants_capital_pass",
    "trailing_commas",
    "curly_quotes",
    "null_lists",
    "records_uuid_is_name",
    "closes_idle",
    "refuses_empty_url",
    "restart_blanks_callbacks",
    "text_plain",
    "strings_in_answers",
    "strings_in_callbacks",
    "padded_bodies",
    "raw_line_feeds",
    "wrapped_base64",
    "data_urls",
    "refuses_with_status",
    "done_with_201",
    "null_callbacks",
    "slash_shown",
    "refuses_version",
    "serial_line_break",
    "serial_lower_case",
    "quantized_scores",
    "saturated_scores",
    "cut_names",
    "repeated_records",
    "repeated_recognitions",
    "shrinks_pictures",
    "liveness_lags",
)
