"""The member `message` of a push."""

from __future__ import annotations

from rockdove.api.tpns.openapi.schemas import Kept, Schema, array, boolean, either, integer, record, text
from rockdove.config import Limits

_INT32 = 2**31 - 1


def message(limits: Limits) -> Schema:
    size = f" At most {limits.message_bytes} bytes as compact JSON." if limits.message_bytes else ""
    return record(
        {
            "title": text("Required, but not in a silent message of iOS. On iOS it overrides `aps.alert.title`."),
            "content": text("Required, but not in a silent message of iOS. On iOS it overrides `aps.alert.body`."),
            "accept_time": array(
                record(
                    {"start": _minute("From this minute."), "end": _minute("Until this minute.")},
                    required=["start", "end"],
                ),
                "The hours of every day in which the message may be delivered, in the application's time zone; "
                "outside them it waits. An end before its start lies on the next day; the two must differ.",
            ),
            "thread_id": text("Notifications of one thread are grouped."),
            "thread_sumtext": text("The summary of the group."),
            "xg_media_resources": text("Address of a picture; on iOS also of sound or video."),
            "xg_media_audio_resources": text("Android: address of sound (MP3)."),
            "show_type": _show_type("iOS: "),
            "default_title": text(
                "With `ntf_wt_attrs`: the title for devices that lack an attribute. Required then on Android."
            ),
            "default_content": text(
                "With `ntf_wt_attrs`: the content for devices that lack an attribute. Required then."
            ),
            "default_subtitle": text("With `ntf_wt_attrs`: the subtitle for devices that lack an attribute (iOS)."),
            "android": _android(),
            "ios": _ios(),
        },
        f"What is shown.{size}",
    )


def _minute(description: str) -> Schema:
    return record(
        {
            "hour": text("0 to 23. An integer will do.", form="^([01]?[0-9]|2[0-3])$"),
            "min": text("0 to 59. An integer will do.", form="^[0-5]?[0-9]$"),
        },
        description,
    )


def _show_type(platform: str = "") -> Schema:
    return integer(f"{platform}With the app in the foreground: 1 hide (its arrival counts), 2 show.", 1, 2, default=2)


def _switch(description: str, default: int = 1) -> Schema:
    return integer(f"{description} 0 no, 1 yes.", 0, 1, default=default)


def _android() -> Schema:
    return record(
        {
            "n_ch_id": text("Notification channel, on the own channel."),
            "n_ch_name": text("Its name."),
            "xm_ch_id": text("Channel id at Xiaomi."),
            "hw_ch_id": text("Channel id at Huawei."),
            "oppo_ch_id": text("Channel id at OPPO."),
            "fcm_ch_id": text("Channel id at FCM."),
            "vivo_ch_id": text("vivo: `0` operation, `1` system message.", among=("0", "1"), default="0"),
            "hw_biz_type": integer("Huawei: 1 for a quick notification.", 0, 1, default=0),
            "hw_category": text("Huawei: class of the message, such as IM, VOIP, SUBSCRIPTION."),
            "hw_importance": integer("Huawei: 1 silent reminder (marketing), 2 strong reminder (service).", 1, 2),
            "n_id": integer(
                "Above 0: replaces the notification with the same id; -1 removes earlier ones.", -1, _INT32, default=0
            ),
            "builder_id": integer("Number of a style of the app.", 0, _INT32, default=0),
            "badge_type": integer("Badge: -2 one more, -1 as it is, 0 to 99 this number.", -2, 99, default=-1),
            "ring": _switch("Sound?"),
            "ring_raw": text("File name of the sound in the app, without its suffix; needs `n_ch_id`."),
            "vibrate": _switch("Vibrate?"),
            "lights": _switch("Breathing light?"),
            "clearable": _switch("May the user dismiss it?"),
            "icon_type": integer("Where `icon_res` is: 0 in the app, 1 online.", 0, 1, default=0),
            "icon_res": text("Name or address of the icon."),
            "style_id": _switch("Do these settings override the style that `builder_id` names?"),
            "small_icon": text("Icon in the status bar; by default the app's."),
            "icon_color": integer("Colour of the icon, RGB as one number.", 0, 0xFFFFFF, default=0),
            "action": _action(),
            "custom_content": _custom_content(),
            "show_type": _show_type(),
        },
        "Applications for Android.",
    )


def _action() -> Schema:
    return record(
        {
            "action_type": integer(
                "1 opens the app or an activity, 2 a web page, 3 a page of the app by its intent.", 1, 3, default=1
            ),
            "activity": text("Which activity, with action_type 1."),
            "aty_attr": record(
                {
                    "if": integer("Intent flags."),
                    "pf": integer("Pending intent flags."),
                },
                "Attributes of the activity, with action_type 1.",
            ),
            "browser": record(
                {
                    "url": text("http or https.", form="^[hH][tT][tT][pP][sS]?://[!-~]+$"),
                    "confirm": integer("Ask the user first? 0 no, 1 yes.", 0, 1),
                },
                "Required with action_type 2.",
            ),
            "intent": text("URI of the intent. Required with action_type 3."),
        },
        "What a click does; by default it opens the app.",
    )


def _custom_content() -> Schema:
    return either(
        text(),
        {"type": "object"},
        description="Handed to the app: JSON text. An object is taken too, and becomes its JSON text.",
    )


def _ios() -> Schema:
    return record(
        {
            "aps": record(
                {
                    "alert": either(
                        text(), {"type": "object"}, description="APNs' alert; `title` and `content` win over it."
                    ),
                    "badge_type": integer(
                        "Badge: -2 one more, -1 as it is, from 0 on this number.", -2, _INT32, default=-1
                    ),
                    "category": text("Category of its actions."),
                    "mutable-content": integer("1 lets the app's extension count the arrival.", 0, 1),
                    "sound": text("`default`, a file of the app, or empty for silence."),
                    "interruption-level": text(
                        "How much it may interrupt the user.",
                        among=("passive", "active", "time-sensitive", "critical"),
                    ),
                    "content-available": integer(
                        "1 in a silent message (`message_type` message, without alert, sound and badge_type), and "
                        "only there.",
                        0,
                        1,
                        default=0,
                    ),
                },
                "APNs' dictionary. Required.",
            ),
            "custom_content": _custom_content(),
            "custom": either(text(), {"type": "object"}, description="Another name of `custom_content`, which wins."),
        },
        "Applications for iOS; required there.",
    )


def kept_with_push() -> dict[str, Schema]:
    """Members of TPNS that nothing here acts upon (yet)."""
    with_push = Kept.WITH_THE_PUSH
    return {
        "resend_by_sms": boolean("Follow up by SMS?", kept=with_push),
        "sms_info": record({}, "How to follow up by SMS.", kept=with_push),
    }
