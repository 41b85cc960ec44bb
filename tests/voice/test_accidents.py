"""What is said for other reasons, with words that ours have, too: nobody is changed."""

from typing import Final

import pytest

from tests.voice.asking import House, assist, house  # noqa: F401

ACCIDENTS: Final = {
    "en": (
        *("please register a new device", "register me for the newsletter"),
        *("register the washing machine", "register my new phone at the front desk"),
        *("can you register me in the gym", "register a parcel for Anna"),
        *("enroll in the course", "enroll me in the yoga class", "enroll Sam in school"),
        *("enroll my son in the swimming course", "add me to the guest list"),
        *("add Anna to my contacts", "add this to my notes", "learn Spanish"),
        *("learn a new song", "remember the milk", "remember to call Anna"),
        *("remember me tomorrow", "remember this song", "save the date"),
        *("forget the timer", "forget it", "Forget it.", "forget about it", "forget that"),
        *("forget the alarm", "forget what I said", "forget Anna's birthday"),
        *("delete the timer", "delete all alarms", "delete the last message"),
        *("remove milk from my shopping list", "remove the wreath from the door"),
        *("yes", "yes please", "yes, delete the timer", "yes delete my list"),
        *("sure, remove the alarm", "confirm", "my name is Bond", "I am hungry"),
        *("this is nice", "please save my face cream on the list"),
    ),
    "zh-Hans": (
        *("登记新设备", "登记一个新的包裹", "登记访客车辆", "注册新账号", "注册一个新设备"),
        *("帮我注册会员", "帮我登记一下", "录入指纹", "录入新的密码", "录入今天的体重"),
        *("添加新设备", "添加一个新用户", "添加牛奶", "添加新的日程", "记住明天开会"),
        *("记住这首歌", "记住买牛奶", "记一下我的体重是六十公斤", "把计时器删除"),
        *("把闹钟删掉", "把所有定时都删除", "把灯关掉", "把牛奶从购物清单删除"),
        *("删除闹钟", "删除计时器", "删除今天的日程", "删除所有提醒", "删除最后一条消息"),
        *("忘记密码了怎么办", "忘了带钥匙", "忘掉刚才的话", "忘了吧", "算了忘了它"),
        *("注销账号", "注销会员卡", "移除插座", "是的", "好的", "对", "好的，删除计时器"),
        *("对，把闹钟删掉", "确认删除", "我叫车了", "我是来吃饭的", "这是新买的"),
    ),
}
WRITING: Final = ("Enroll", "Forget")


@pytest.mark.parametrize("language", ["en", "zh-Hans"])
async def test_what_was_not_meant_for_faces_enrolls_and_deletes_nobody(
    house: House,  # noqa: F811
    language: str,
) -> None:
    """Said twice, with a yes to whatever was asked; and none of ours asks anything."""
    house.language = language
    words = ACCIDENTS[language]
    assert len(set(words)) >= 40
    before = dict(house.module.users)
    yes = "yes" if language == "en" else "是的"
    ours = []
    for accident in words:
        told = await house.said(accident, satellite_id="assist_satellite.hall")
        kind = told.intent.intent_type if told.intent else ""
        if any(word in kind for word in WRITING):
            ours.append((accident, kind))
        await house.answer(yes, satellite_id="assist_satellite.hall")
        await house.answer(f"{yes}, {accident}", satellite_id="assist_satellite.hall")
        assert house.module.users == before, accident
    assert ours == []


async def test_forget_it_still_dismisses_assist(house: House) -> None:  # noqa: F811
    for words in ("Forget it.", "forget it", "never mind"):
        told = await house.said(words)
        assert told.intent.intent_type == "HassNevermind", words


async def test_a_sentence_about_a_face_enrolls_nobody_without_a_yes_by_name(
    house: House,  # noqa: F811
) -> None:
    before = dict(house.module.users)
    told = await house.answer("register me as a member of the club")
    assert told.startswith("Shall I remember whoever stands before the camera as A Member")
    for yes in ("yes", "yes, enroll", "yes, enroll Sam", "yes, forget Anna"):
        await house.answer(yes)
    assert house.module.users == before
    told = await house.answer("yes, enroll a member of the club")
    assert "nothing to confirm" in told, "another name was said meanwhile"
