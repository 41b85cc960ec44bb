"""Names and intervals that more than one module of the integration uses."""

from datetime import timedelta
import logging
from typing import Final

DOMAIN: Final = "face_module"
LOGGER: Final = logging.getLogger(__package__)

# Entry data besides host, port and password.
CONF_WEBHOOK_IDS: Final = "webhook_ids"
# Foreign callback addresses that the user agreed to replace; gone once it is done.
CONF_REPLACE: Final = "replace"

# Options and their defaults.
CONF_CALLBACK_BASE_URL: Final = "callback_base_url"
CONF_HEARTBEAT_INTERVAL: Final = "heartbeat_interval"
CONF_SCORE_INTERVAL: Final = "score_interval"
CONF_MASK_THRESHOLD: Final = "mask_threshold"
CONF_KEEP_CLOCK_SET: Final = "keep_clock_set"
CONF_MAX_AGE: Final = "max_age"
CONF_MINIMUM_LIVENESS: Final = "minimum_liveness"
CONF_MINIMUM_SCORE: Final = "minimum_score"
CONF_REQUIRE_LIVENESS: Final = "require_liveness"
CONF_CONFIRMATIONS: Final = "confirmations"
CONF_CONFIRMATION_WINDOW: Final = "confirmation_window"
CONF_VISIT_WINDOW: Final = "visit_window"
CONF_PRESENCE_TIMEOUT: Final = "presence_timeout"
CONF_HISTORY_SIZE: Final = "history_size"
CONF_HISTORY_DAYS: Final = "history_days"
CONF_ENROLLMENT_CAMERA: Final = "enrollment_camera"
CONF_VOICE_CHANGES: Final = "voice_changes"
DEFAULTS: Final = {
    CONF_CALLBACK_BASE_URL: "",
    CONF_HEARTBEAT_INTERVAL: 10,
    CONF_SCORE_INTERVAL: 5,
    CONF_MASK_THRESHOLD: 50,
    CONF_KEEP_CLOCK_SET: True,
    CONF_MAX_AGE: 10,
    CONF_MINIMUM_SCORE: 0,
    CONF_MINIMUM_LIVENESS: 0,
    CONF_REQUIRE_LIVENESS: False,
    CONF_CONFIRMATIONS: 1,
    CONF_CONFIRMATION_WINDOW: 10,
    CONF_VISIT_WINDOW: 10,
    CONF_PRESENCE_TIMEOUT: 30,
    CONF_HISTORY_SIZE: 200,
    CONF_HISTORY_DAYS: 7,
    CONF_ENROLLMENT_CAMERA: None,
    CONF_VOICE_CHANGES: False,
}

# A lost callback costs at most this delay, never correctness.
POLL_INTERVAL: Final = timedelta(seconds=60)
# Counting people is rarely news, and every request keeps the module from its work.
USERS_INTERVAL: Final = 300.0

# A module carries out a request without an answer within this time (s), or never.
LATEST: Final = 60.0

# Heartbeats that may be missing before something is wrong.
MISSED_HEARTBEATS: Final = 3
# More confirmations are never asked for.
MAX_CONFIRMATIONS: Final = 10

# Attributes of visits and people, in events, states, actions and on disk.
ATTR_USER_ID: Final = "user_id"
ATTR_RESULT: Final = "result"
ATTR_PERSON: Final = "person"
ATTR_IF_EXISTS: Final = "if_exists"
ATTR_ALLOW_DUPLICATE: Final = "allow_duplicate_face"

# Fired once for each visit, for the logbook; automations use the event entity.
EVENT_VISIT: Final = "face_module_visit"

# Issues in the repairs dashboard; their ids end in the entry's id.
ISSUE_CALLBACKS_UNREACHABLE: Final = "callbacks_unreachable"
ISSUE_HTTPS_ONLY: Final = "https_only"
ISSUE_CALLBACK_TAKEN: Final = "callback_taken"
ISSUE_FACTORY_PASSWORD: Final = "factory_password"  # noqa: S105
ISSUE_LOST_AFTER_RESTORE: Final = "lost_after_restore"
ISSUE_PERSON_NOT_RESTORED: Final = "person_not_restored"
