"""Whoever came and may not enter is named, with when they may."""

from homeassistant.core import HomeAssistant
import pytest

from tests.common import perform
from tests.conftest import settle
from tests.voice.asking import House, assist, house  # noqa: F401


@pytest.mark.parametrize(
    ("language", "questions"),
    [
        (
            "en",
            {
                "Who is at the door?": "It is Anna, but they may not enter now. ",
                "Who came last?": "Anna was there last, today at ",
                "When was Anna last seen?": "Anna was last seen today at ",
            },
        ),
        (
            "zh-Hans",
            {
                "谁在门口": "是 Anna，但目前不允许进入。",
                "最后来的是谁": "最后来的是 Anna，今天",
                "最近一次看到Anna是什么时候": "最近一次看到 Anna 是今天",
            },
        ),
    ],
)
async def test_who_may_not_enter_is_said_with_the_rule(
    hass: HomeAssistant,
    house: House,  # noqa: F811
    language: str,
    questions: dict[str, str],
) -> None:
    house.language = language
    await perform(hass, "set_access", user_id="anna", mode="rule", visits=0)
    house.module.in_front = "anna"
    rule = {
        "en": "May no longer enter: no visits are left.",
        "zh-Hans": "不得再进入：次数已用完。",
    }[language]
    for question, begin in questions.items():
        answer = await house.answer(question)
        await settle(hass)
        assert answer.startswith(begin), answer
        assert answer.endswith(rule), answer
