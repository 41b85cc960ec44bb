"""What can go wrong between us and a module.

FaceModuleError
├── FaceModuleConnectionError      nothing answered
│   ├── FaceModuleUnreachableError nobody listens there, so nothing was sent
│   │   └── FaceModuleAddressError because it is no address
│   └── FaceModuleTimeoutError     something may be there, but it did not answer in time
└── FaceModuleResponseError        something answered
    ├── FaceModuleProtocolError    but not as the module's document says
    ├── FaceModuleRefusedError     the module said no (ret_code 1), with its own words
    │   └── FaceModuleAuthError    because of the password
    ├── FaceModuleUnchangedError   the module said yes and changed nothing
    └── FaceModuleOtherError       it is another module than it should be: nothing was sent
FaceModuleCallbackError            a callback body that must not be believed
"""


class FaceModuleError(Exception):
    """Root of all errors of this library. No text ever contains a password."""


class FaceModuleConnectionError(FaceModuleError):
    """The module could not be reached, or closed the connection without an answer."""


class FaceModuleUnreachableError(FaceModuleConnectionError):
    """No connection could be made: the call was certainly not carried out."""


class FaceModuleAddressError(FaceModuleUnreachableError):
    """What is given as the module's address cannot be one."""


class FaceModuleTimeoutError(FaceModuleConnectionError):
    """The module did not answer in time."""


class FaceModuleResponseError(FaceModuleError):
    """The module answered, but not with success."""


class FaceModuleProtocolError(FaceModuleResponseError):
    """The answer is not one that the API document knows: perhaps another device."""


class FaceModuleRefusedError(FaceModuleResponseError):
    """The module answered ret_code 1.

    `call` is the name of the call as in the API document, `log` the module's own words
    (an empty string when it gave none).
    """

    def __init__(self, call: str, log: str) -> None:
        """Keep the call and the module's words apart, for translated messages."""
        super().__init__(f"{call} refused: {log}" if log else f"{call} refused")
        self.call = call
        self.log = log


class FaceModuleAuthError(FaceModuleRefusedError):
    """The password is wrong: GetSysConfig, which cannot fail otherwise, was refused."""


class FaceModuleUnchangedError(FaceModuleResponseError):
    """A write was answered with success, but GetSysConfig shows the old value."""

    def __init__(self, call: str) -> None:
        """Name the call that had no effect."""
        super().__init__(f"{call} was accepted but changed nothing")
        self.call = call


class FaceModuleOtherError(FaceModuleResponseError):
    """Another module answers at the address: nothing is asked of it, nothing written."""


class FaceModuleCallbackError(FaceModuleError):
    """A callback body that must not be believed.

    `cause` is a short word to count by: `encoding`, `json`, `schema` (no object) or
    `field`, and then `field` is the name of the first that is missing or makes no sense.
    Whoever receives bodies adds words for those that did not come whole.
    The text names the field, never its value.
    """

    def __init__(self, cause: str, message: str, *, field: str | None = None) -> None:
        """Keep cause and field for counting."""
        super().__init__(message)
        self.cause = cause
        self.field = field
