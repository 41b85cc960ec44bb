"""What people say, and what is meant: intent and slots.

The sentences were written first. `SEEN` were listed afterwards and may have taught the
sentences something; `UNSEEN` came last, to see how the sentences do with words they were
not made for.
"""

from typing import Final

type Said = tuple[str, str, dict[str, str]]

WHO, LAST, SEEN_LAST = "WhoIsThere", "LastVisitor", "LastSeen"
ENROLL, COUNT, FORGET, CONFIRM = "Enroll", "CountPeople", "Forget", "ConfirmForget"
VISITORS, CONFIRM_ENROLL = "Visitors", "ConfirmEnroll"
TODAY: Final = {"day": "today"}
STRANGER: Final = {"who": "stranger"}

ENGLISH: Final[tuple[Said, ...]] = (
    ("Who is there?", WHO, {}),
    ("Who's at the door?", WHO, {}),
    ("who is at the front door", WHO, {}),
    ("Please look who is there", WHO, {}),
    ("Could you check who is at the door?", WHO, {}),
    ("Is anybody there?", WHO, {}),
    ("Is somebody at the door", WHO, {}),
    ("Who do you see right now?", WHO, {}),
    ("Do you recognize me?", WHO, {}),
    ("Ask the front door who is there", WHO, {"module": "front door"}),
    ("Who was at the door?", LAST, {}),
    ("Who came last?", LAST, {}),
    ("Who was the last visitor?", LAST, {}),
    ("Who rang just now?", LAST, {}),
    ("Who was there last", LAST, {}),
    ("Tell me who was at the door", LAST, {}),
    ("When was Anna last seen?", SEEN_LAST, {"person": "Anna"}),
    ("When was Anna last here?", SEEN_LAST, {"person": "Anna"}),
    ("When did you last see Ben Miller?", SEEN_LAST, {"person": "Ben Miller"}),
    ("When did Anna come?", SEEN_LAST, {"person": "Anna"}),
    ("Where was Ben Miller last seen?", SEEN_LAST, {"person": "Ben Miller"}),
    ("Was Anna here today?", SEEN_LAST, {"person": "Anna", **TODAY}),
    ("Has Anna been here today?", SEEN_LAST, {"person": "Anna", **TODAY}),
    ("Have you seen 陈伟 today?", SEEN_LAST, {"person": "陈伟", **TODAY}),
    ("Did Ben Miller come home today?", SEEN_LAST, {"person": "Ben Miller", **TODAY}),
    ("Remember me as Zoe", ENROLL, {"person": "Zoe"}),
    ("Please remember my face as Zoe Marie Smith", ENROLL, {"person": "Zoe Marie Smith"}),
    ("Could you please enroll my face as Zoe", ENROLL, {"person": "Zoe"}),
    ("Enroll Zoe at the front door", ENROLL, {"person": "Zoe"}),
    ("Register the person at the front door as Zoe", ENROLL, {"person": "Zoe"}),
    ("Remember this face as Zoe", ENROLL, {"person": "Zoe"}),
    ('Remember me as "Zoe", please!', ENROLL, {"person": "Zoe"}),
    ("Yes, enroll Zoe", CONFIRM_ENROLL, {"person": "Zoe"}),
    ("yes,remember me as Zoe", CONFIRM_ENROLL, {"person": "Zoe"}),
    ("Register this person as Zoe", ENROLL, {"person": "Zoe"}),
    ("My name is Zoe, remember me", ENROLL, {"person": "Zoe"}),
    ("Who came today?", VISITORS, {}),
    ("Did anyone come today", VISITORS, {}),
    ("Have you seen any strangers today?", VISITORS, STRANGER),
    ("Who were the strangers today?", VISITORS, STRANGER),
    ("which strangers came today", VISITORS, STRANGER),
    ("How many people are enrolled?", COUNT, {}),
    ("How many people do you know", COUNT, {}),
    ("How many faces do you recognize?", COUNT, {}),
    ("Forget the face of Anna", FORGET, {"person": "Anna"}),
    ("Please delete the face of Anna, thanks", FORGET, {"person": "Anna"}),
    ("Please forget the face of Ben Miller", FORGET, {"person": "Ben Miller"}),
    ("Remove Anna from the face module", FORGET, {"person": "Anna"}),
    ("Forget everybody", FORGET, {"person": "everybody"}),
    ("Yes, forget Anna", CONFIRM, {"person": "Anna"}),
    ("Yes please delete the face of Ben Miller", CONFIRM, {"person": "Ben Miller"}),
    ("Yes，forget Anna。", CONFIRM, {"person": "Anna"}),
)
ENGLISH_UNSEEN: Final[tuple[Said, ...]] = (
    ("Who is that at the door?", WHO, {}),
    ("Can you see who is outside?", WHO, {}),
    ("Is there anyone at the gate?", WHO, {}),
    ("Who is knocking?", WHO, {}),
    ("Who is standing at the door?", WHO, {}),
    ("Who was the last person at the door?", LAST, {}),
    ("Who did you see last?", LAST, {}),
    ("When did Ben Miller get here?", SEEN_LAST, {"person": "Ben Miller"}),
    ("Did you see Anna today?", SEEN_LAST, {"person": "Anna", **TODAY}),
    ("Did Anna show up today?", SEEN_LAST, {"person": "Anna", **TODAY}),
    ("Learn my face as Zoe", ENROLL, {"person": "Zoe"}),
    ("I am Zoe, please remember me", ENROLL, {"person": "Zoe"}),
    ("How many people have been registered?", COUNT, {}),
    ("Would you please forget who Anna is", FORGET, {"person": "Anna"}),
    ("I'm sure, forget Anna", CONFIRM, {"person": "Anna"}),
    ("Was anybody at the door today?", VISITORS, {}),
    ("Were there any strangers at the front door today", VISITORS, STRANGER),
    ("Save my face as Zoe", ENROLL, {"person": "Zoe"}),
    ("Sure, register my face as Zoe", CONFIRM_ENROLL, {"person": "Zoe"}),
)
CHINESE: Final[tuple[Said, ...]] = (
    ("谁在门口？", WHO, {}),
    ("门口是谁？", WHO, {}),
    ("现在谁在门口", WHO, {}),
    ("门口现在是谁？", WHO, {}),
    ("是谁在外面", WHO, {}),
    ("谁来了？", WHO, {}),
    ("请帮我看看门口是谁", WHO, {}),
    ("门口有人吗？", WHO, {}),
    ("外面有谁", WHO, {}),
    ("你看到了谁？", WHO, {}),
    ("我是谁？", WHO, {}),
    ("问一下前门谁在门口", WHO, {"module": "前门"}),
    ("刚才是谁来过？", LAST, {}),
    ("刚才门口是谁", LAST, {}),
    ("最后一个来的人是谁？", LAST, {}),
    ("谁刚来过", LAST, {}),
    ("上一位访客是谁？", LAST, {}),
    ("有谁来过门口", LAST, {}),
    ("安娜上次什么时候来的？", SEEN_LAST, {"person": "安娜"}),
    ("陈伟最近几点来过", SEEN_LAST, {"person": "陈伟"}),
    ("陈伟什么时候来的？", SEEN_LAST, {"person": "陈伟"}),
    ("最后一次看到陈伟是什么时候？", SEEN_LAST, {"person": "陈伟"}),
    ("你什么时候最后见到安娜", SEEN_LAST, {"person": "安娜"}),
    ("陈伟今天来过吗？", SEEN_LAST, {"person": "陈伟", **TODAY}),
    ("今天陈伟来了吗", SEEN_LAST, {"person": "陈伟", **TODAY}),
    ("今天有没有看到安娜？", SEEN_LAST, {"person": "安娜", **TODAY}),
    ("记住我，我叫王小明", ENROLL, {"person": "王小明"}),
    ("请记住我叫王小明", ENROLL, {"person": "王小明"}),
    ("把我的脸录入为王小明", ENROLL, {"person": "王小明"}),
    ("录入人脸：王小明", ENROLL, {"person": "王小明"}),
    ("把我的脸录入为“王小明”吧。", ENROLL, {"person": "王小明"}),
    ("把我的脸录入为王小明，在门口", ENROLL, {"person": "王小明"}),
    ("请帮我把我注册为王小明", ENROLL, {"person": "王小明"}),
    ("注册新人员王小明", ENROLL, {"person": "王小明"}),
    ("请录入王小明的人脸", ENROLL, {"person": "王小明"}),
    ("我叫王小明，请记住我", ENROLL, {"person": "王小明"}),
    ("我叫王小明,请记住我", ENROLL, {"person": "王小明"}),
    ("是的，录入王小明", CONFIRM_ENROLL, {"person": "王小明"}),
    ("对,把我录入为王小明", CONFIRM_ENROLL, {"person": "王小明"}),
    ("今天谁来过？", VISITORS, {}),
    ("今天有陌生人来过吗", VISITORS, STRANGER),
    ("今天的陌生人是谁？", VISITORS, STRANGER),
    ("今天来过哪些陌生人", VISITORS, STRANGER),
    ("今天有哪些陌生人？", VISITORS, STRANGER),
    ("今天都有哪些陌生人来过", VISITORS, STRANGER),
    ("王小明上次是什么时候来的", SEEN_LAST, {"person": "王小明"}),
    ("一共注册了多少人？", COUNT, {}),
    ("你认识多少人", COUNT, {}),
    ("现在有几个人注册了？", COUNT, {}),
    ("忘记安娜的脸", FORGET, {"person": "安娜"}),
    ("请删除安娜的人脸", FORGET, {"person": "安娜"}),
    ("请把安娜从门禁中删除", FORGET, {"person": "安娜"}),
    ("忘掉所有人", FORGET, {"person": "所有人"}),
    ("是的，忘记安娜", CONFIRM, {"person": "安娜"}),
    ("对,忘记安娜", CONFIRM, {"person": "安娜"}),
    ("对, 忘记安娜吧", CONFIRM, {"person": "安娜"}),
    ("确认，删除安娜的人脸", CONFIRM, {"person": "安娜"}),
)
CHINESE_UNSEEN: Final[tuple[Said, ...]] = (
    ("门外是什么人？", WHO, {}),
    ("谁在敲门？", WHO, {}),
    ("麻烦看一下外面有没有人", WHO, {}),
    ("你认得我吗？", WHO, {}),
    ("门口站着谁？", WHO, {}),
    ("最近是谁来过？", LAST, {}),
    ("刚刚谁来了", LAST, {}),
    ("最后见到陈伟是几点？", SEEN_LAST, {"person": "陈伟"}),
    ("陈伟今天到了没有", SEEN_LAST, {"person": "陈伟", **TODAY}),
    ("你今天见过安娜吗？", SEEN_LAST, {"person": "安娜", **TODAY}),
    ("请记住王小明的样子", ENROLL, {"person": "王小明"}),
    ("麻烦您登记王小明的人脸", ENROLL, {"person": "王小明"}),
    ("今天都有谁来过？", VISITORS, {}),
    ("今天门口有不认识的人吗", VISITORS, STRANGER),
    ("好的，录入王小明的脸", CONFIRM_ENROLL, {"person": "王小明"}),
    ("总共登记了几个人？", COUNT, {}),
    ("请把安娜的脸删掉", FORGET, {"person": "安娜"}),
    ("对，把安娜的人脸删掉", CONFIRM, {"person": "安娜"}),
)

# The right answers, with people of these names, Anna there, and four enrolled.
EXPECTED: Final = {
    "en": {
        WHO: r"It is Anna\.",
        LAST: r"Anna was there last, today at \d+:\d\d [AP]M\.",
        SEEN_LAST: r"{person} was last seen today at \d+:\d\d [AP]M, at front door\.",
        "today": r"Yes, {person} was here today at \d+:\d\d [AP]M\.",
        ENROLL: r"Shall I remember whoever stands before the camera as {person}\? "
        r"Then say: yes, enroll {person}\.",
        CONFIRM_ENROLL: r"Done\. From now on I know {person}\.",
        VISITORS: r"Today I saw: Ben Miller, 陈伟, 安娜, Anna\.",
        "stranger": r"No, today I have seen nobody whom I do not know\.",
        COUNT: r"4 people are enrolled\.",
        FORGET: r"Shall I delete {person} from all modules\? "
        r"Then say: yes, forget {person}\.",
        "everybody": r"I never delete everybody by voice\.",
        CONFIRM: r"I have forgotten {person}\.",
        "first": "forget the face of {person}",
        "first_enroll": "remember my face as {person}",
    },
    "zh-Hans": {
        WHO: r"是 Anna。",
        LAST: r"最后来的是 Anna，今天..\d+点(\d\d分|整)。",
        SEEN_LAST: r"{person} ?最近一次出现是今天..\d+点(\d\d分|整)，在前门。",
        "today": r"来过，{person} ?最近一次是今天..\d+点(\d\d分|整)。",
        ENROLL: r"要把摄像头前的人录入为 ?{person} ?吗？"
        r"如果确定，请说：是的，录入 ?{person}。",
        CONFIRM_ENROLL: r"好了，我记住 ?{person} ?了。",
        VISITORS: r"今天看到了：Ben Miller、陈伟、安娜、Anna。",
        "stranger": r"没有，今天没有看到不认识的人。",
        COUNT: r"共录入了 4 人。",
        FORGET: r"要从所有模组中删除 ?{person} ?吗？如果确定，请说：是的，忘记 ?{person}。",
        "everybody": r"不能通过语音删除所有人。",
        CONFIRM: r"已经忘记 ?{person} ?了。",
        "first": "忘记{person}的脸",
        "first_enroll": "把我的脸录入为{person}",
    },
}
PEOPLE: Final = {
    "anna": "Anna",
    "chenwei": "陈伟",
    "ben": "Ben Miller",
    "an_na": "安娜",
}
# Who was never there, but is asked for.
NOT_SEEN: Final = {
    "en": r"I know nobody called {person}\.",
    "zh-Hans": r"我不认识叫 ?{person} ?的人。",
}
# A question before, in the situation of which this is said.
FIRST: Final = {CONFIRM: "first", CONFIRM_ENROLL: "first_enroll"}


def answer_wanted(language: str, said: Said) -> str:
    """Return the pattern of the right answer."""
    _, kind, slots = said
    if kind == SEEN_LAST and slots["person"] not in PEOPLE.values():
        return NOT_SEEN[language].format(**slots)
    key = "stranger" if "who" in slots else "today" if "day" in slots else kind
    if slots.get("person") in {"everybody", "所有人"}:
        key = "everybody"
    return EXPECTED[language][key].format(**slots)
