"""Every way a call can be refused, as TPNS numbers them.

TpnsError
├── ParseError                1008001
├── MissingParameterError     1008002
├── InvalidParameterError     1008007
├── InvalidTokenError         1008006   inside results of account operations
├── TokenNotValidError        1008029   in token pushes
├── UploadFileError           1008011
├── UploadEmptyFileError      1008012
├── UnknownPushError          1008015
├── DateFormatError           1008016
├── CertificateExpiredError   1008023
├── PartlyFailedError         1008026   answered beside `result`, not instead of it
├── TotallyFailedError        1008027   the same
├── TooFastError              1008028
├── NoTargetError             10010005
├── IllegalPushTimeError      10010012
├── PushRepeatError           10010018
├── NotFoundError             10110008  inside results of account queries
├── ServiceError              1008004   our own fault: HTTP 500 or 503
└── RefusedError                        HTTP 403, or what http.auth_failure_status says
    ├── AuthError             1008003
    ├── ExpiredAppError       1008031
    └── UnknownAccessIdError  1008035

The docstring is TPNS's text, `zh` the same in Chinese (the push answer carries both), `detail` says what is wrong and
where.
"""

from __future__ import annotations

from typing import ClassVar


class TpnsError(Exception):
    """error"""

    code: ClassVar[int]
    zh: ClassVar[str]

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail)
        self.detail = detail

    @property
    def text(self) -> str:
        return f"{self.__doc__}: {self.detail}" if self.detail else str(self.__doc__)

    @property
    def text_zh(self) -> str:
        return f"{self.zh}：{self.detail}" if self.detail else self.zh


class ParseError(TpnsError):
    """parameter parse error"""

    code, zh = 1008001, "参数解析错误"


class MissingParameterError(TpnsError):
    """missing parameter"""

    code, zh = 1008002, "缺少参数"


class InvalidTokenError(TpnsError):
    """invalid token"""

    code, zh = 1008006, "无效的 Token"


class InvalidParameterError(TpnsError):
    """invalid parameter"""

    code, zh = 1008007, "参数无效"


class UnknownAudienceTypeError(InvalidParameterError):
    """audience_type is not correct"""

    # TPNS's own tests of its Python client compare this text as a whole.
    zh = "audience_type 不正确"


class UploadFileError(TpnsError):
    """upload file error"""

    code, zh = 1008011, "上传文件失败"


class UploadEmptyFileError(TpnsError):
    """upload empty file"""

    code, zh = 1008012, "上传的文件为空"


class UnknownPushError(TpnsError):
    """push id not exist"""

    code, zh = 1008015, "推送任务不存在"


class DateFormatError(TpnsError):
    """date param format error"""

    code, zh = 1008016, "日期参数格式错误"


class CertificateExpiredError(TpnsError):
    """ios push cert was expired for the environment"""

    code, zh = 1008023, "证书已过期"


class PartlyFailedError(TpnsError):
    """batch op, partly error"""

    code, zh = 1008026, "批量操作部分失败"


class TotallyFailedError(TpnsError):
    """batch op, total error"""

    code, zh = 1008027, "批量操作全部失败"


class TooFastError(TpnsError):
    """request too fast"""

    code, zh = 1008028, "请求过于频繁"


class TokenNotValidError(TpnsError):
    """token is not valid"""

    code, zh = 1008029, "Token 不合法"


class NoTargetError(TpnsError):
    """internal error"""

    # The text misleads; the code means "the push target does not exist", and the detail says so.
    code, zh = 10010005, "推送目标不存在"


class IllegalPushTimeError(TpnsError):
    """illegal push time"""

    code, zh = 10010012, "推送时间不合法"


class PushRepeatError(TpnsError):
    """Push repeat"""

    code, zh = 10010018, "重复推送"


class NotFoundError(TpnsError):
    """no token, no account"""

    code, zh = 10110008, "Token 或账号不存在"


class ServiceError(TpnsError):
    """invoke service error"""

    code, zh = 1008004, "服务内部错误"

    def __init__(self, detail: str = "", http_status: int = 500) -> None:
        super().__init__(detail)
        self.http_status = http_status


class RefusedError(TpnsError):
    """The caller is not let in."""


class AuthError(RefusedError):
    """auth failure"""

    code, zh = 1008003, "鉴权失败"


class ExpiredAppError(RefusedError):
    """app was expired"""

    code, zh = 1008031, "应用已停用"


class UnknownAccessIdError(RefusedError):
    """accessId is not correct or domain not correct"""

    code, zh = 1008035, "AccessID 或域名不正确"
