"""Names and intervals that more than one module of the integration uses."""

from datetime import timedelta
import logging
from typing import Final

DOMAIN: Final = "face_module"
# The path of our page: without a hyphen it is no dashboard of a user's.
PAGE: Final = DOMAIN
LOGGER: Final = logging.getLogger(__package__)

# Entry data besides host, port and password.
CONF_WEBHOOK_IDS: Final = "webhook_ids"
# Foreign callback addresses that the user agreed to replace; gone once it is done.
CONF_REPLACE: Final = "replace"

# Options; options.py types them.
CONF_CALLBACK_BASE_URL: Final = "callback_base_url"
CONF_HEARTBEAT_INTERVAL: Final = "heartbeat_interval"
CONF_SCORE_INTERVAL: Final = "score_interval"
CONF_MASK_THRESHOLD: Final = "mask_threshold"
CONF_KEEP_CLOCK_SET: Final = "keep_clock_set"
CONF_MAX_AGE: Final = "max_age"
CONF_MINIMUM_LIVENESS: Final = "minimum_liveness"
CONF_MINIMUM_SCORE: Final = "minimum_score"
CONF_MINIMUM_SCORE_EYES: Final = "minimum_score_eyes"
CONF_REQUIRE_LIVENESS: Final = "require_liveness"
CONF_CONFIRMATIONS: Final = "confirmations"
CONF_CONFIRMATION_WINDOW: Final = "confirmation_window"
CONF_VISIT_WINDOW: Final = "visit_window"
CONF_PRESENCE_TIMEOUT: Final = "presence_timeout"
CONF_HISTORY_SIZE: Final = "history_size"
CONF_HISTORY_DAYS: Final = "history_days"
CONF_BOOK_DAYS: Final = "book_days"
CONF_REMEMBER_STRANGERS: Final = "remember_strangers"
CONF_ENROLLMENT_CAMERA: Final = "enrollment_camera"
CONF_VOICE_CHANGES: Final = "voice_changes"
CONF_PUBLISH_MQTT: Final = "publish_mqtt"
CONF_PUBLISH_PICTURES: Final = "publish_pictures"
CONF_EYES: Final = "eyes"

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

# The key of the entity that tells who came; whoever may read it sees the visits.
KEY_RECOGNITION: Final = "recognition"

# Attributes of visits and people, in events, states, actions and on disk.
ATTR_USER_ID: Final = "user_id"
ATTR_NAME: Final = "name"
ATTR_REASON: Final = "reason"
ATTR_FIRST_TIME: Final = "first_time"
ATTR_TIMES_SEEN: Final = "times_seen"
ATTR_RESULT: Final = "result"
ATTR_PERSON: Final = "person"
ATTR_SINCE: Final = "since"
ATTR_UNTIL: Final = "until"
ATTR_OFFSET: Final = "offset"
ATTR_LIMIT: Final = "limit"
ATTR_VISIT_ID: Final = "visit_id"
ATTR_WRONG: Final = "wrong"
ATTR_SOURCE: Final = "source"
ATTR_IF_EXISTS: Final = "if_exists"
ATTR_ALLOW_DUPLICATE: Final = "allow_duplicate_face"

# A guest whose time was over is deleted everywhere.
EVENT_GUEST_REMOVED: Final = f"{DOMAIN}_guest_removed"

# Issues in the repairs dashboard; their ids end in the entry's id.
ISSUE_ACCESS_ENTITY_GONE: Final = "access_entity_gone"
ISSUE_ACCESS_LOST: Final = "access_lost"
ISSUE_ACCESS_UNREADABLE: Final = "access_unreadable"
ISSUE_ADDRESS_NOT_KEPT: Final = "address_not_kept"
ISSUE_CALLBACKS_NOT_UNDERSTOOD: Final = "callbacks_not_understood"
ISSUE_CALLBACKS_UNREACHABLE: Final = "callbacks_unreachable"
ISSUE_HTTPS_ONLY: Final = "https_only"
ISSUE_BOOK_DAMAGED: Final = "book_damaged"
ISSUE_CALLBACK_TAKEN: Final = "callback_taken"
ISSUE_OTHER_MODULE: Final = "other_module"
ISSUE_EYE_FAILS: Final = "eye_fails"
ISSUE_FACTORY_PASSWORD: Final = "factory_password"  # noqa: S105
ISSUE_LOST_AFTER_RESTORE: Final = "lost_after_restore"
ISSUE_PERSON_NOT_RESTORED: Final = "person_not_restored"
ISSUE_SAME_ID: Final = "same_id"
ISSUE_FROM_BACKUP: Final = "from_backup"
