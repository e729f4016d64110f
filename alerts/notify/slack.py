"""`slack` with a bot token: it can be read back, so that a message in flight at a crash is never doubled.

The key of the delivery goes into the message's metadata; before a doubtful message is sent again, the conversation
is searched for it (scopes: chat:write, channels:history or groups:history, metadata.message:read).
Later alerts of an event stand in the thread of the first and are shown in the channel too.
"""

import urllib.error
from typing import Any

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError, SlackObjectFormationError

from alerts.notify.answers import read_wait
from alerts.notify.base import Delivery, Failed, Missing, Sent
from alerts.notify.slack_blocks import write_blocks, write_text
from alerts.plain import plain
from alerts.settings import ChannelSpec, Secret

TIMEOUT_S = 10
PAGES = 10
SKEW_S = 25 * 3600.0  # our clock may have stood a day ahead of Slack's when the message went out
EVENT_TYPE = "tocsin_alert"
# https://docs.slack.dev/reference/methods/chat.postMessage lists the errors; these may pass by themselves.
PASSING = frozenset(
    {"ratelimited", "rate_limited", "internal_error", "fatal_error", "service_unavailable", "request_timeout",
     "team_added_to_org", "message_limit_exceeded"}
)  # fmt: skip
GONE_THREAD = "thread_not_found"  # its first message was deleted, and what stood under it with it
# Of these Slack says that a part of the call may have succeeded; of other 5xx than 503 nobody can say.
DOUBTFUL = frozenset({"internal_error", "fatal_error"})


class SlackBot:
    """Implements `Notifier` and `ReadBack`."""

    def __init__(self, spec: ChannelSpec, timeout: int = TIMEOUT_S, token: Secret | None = None) -> None:
        self.spec, self.timeout, self.token = spec, timeout, token or spec.token

    def send(self, delivery: Delivery) -> Sent | Failed:
        """Post into the configured conversation; the receipt is `channel:ts`."""
        thread = delivery.message.thread.rpartition(":")[2]
        payload: dict[str, Any] = {
            "channel": self.spec.target,
            "text": write_text(delivery.message),
            "blocks": write_blocks(delivery.message, delivery.address),
            "metadata": {"event_type": EVENT_TYPE, "event_payload": {"key": delivery.key}},
            "unfurl_links": False,
            "unfurl_media": False,
        }
        if thread:
            payload |= {"thread_ts": thread, "reply_broadcast": bool(delivery.message.lines)}
        answer = self.call("chat.postMessage", payload)
        return answer if isinstance(answer, Failed) else Sent(f"{answer['channel']}:{answer['ts']}")

    def probe(self) -> Failed | None:
        """Whether the token is good."""
        answer = self.call("auth.test", {})
        return answer if isinstance(answer, Failed) else None

    def look_up(self, delivery: Delivery) -> Sent | Missing | Failed:
        """Search the conversation and every thread in which the message may stand, since the alert was made: at the
        attempt that was cut off another message may have been the first about the event, or none."""
        threads = (delivery.message.thread, *delivery.threads)
        for thread in dict.fromkeys(("", *(one.rpartition(":")[2] for one in threads))):
            found = self._search(delivery, thread)
            if not isinstance(found, Missing):
                return found
        return Missing()

    def _search(self, delivery: Delivery, thread: str) -> Sent | Missing | Failed:
        """One thread, or with "" the conversation itself."""
        method = "conversations.replies" if thread else "conversations.history"
        query: dict[str, Any] = {
            "channel": self.spec.target, "include_all_metadata": True, "limit": 200,
            "oldest": f"{delivery.since.timestamp() - SKEW_S:.6f}",
        }  # fmt: skip
        query |= {"ts": thread} if thread else {}
        for _ in range(PAGES):
            answer = self.call(method, query)
            if isinstance(answer, Failed):
                return Missing() if thread and answer.said.endswith(GONE_THREAD) else answer
            for message in answer.get("messages", []):
                if (message.get("metadata") or {}).get("event_payload", {}).get("key") == delivery.key:
                    return Sent(f"{self.spec.target}:{message['ts']}")
            cursor = (answer.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                return Missing()
            query["cursor"] = cursor
        return Failed("the conversation is too long to be searched", permanent=True)

    def call(self, method: str, payload: dict[str, Any]) -> dict[str, Any] | Failed:
        """One call, no retries of the library's own (it would repeat a post whose answer was lost)."""
        try:
            client = WebClient(
                token=self.token.reveal() if self.token else "",
                base_url=self.spec.base_url or WebClient.BASE_URL, timeout=self.timeout, retry_handlers=[],
            )  # fmt: skip
            post = method.startswith("chat.")
            answer = client.api_call(method, **{"json" if post else "params": payload})  # type: ignore[arg-type]
        except LookupError as error:
            return Failed(str(error.args[0]), permanent=True)
        except SlackApiError as error:
            return read_slack_error(error)
        except SlackObjectFormationError:
            return Failed("the message has a form that Slack does not take", permanent=True)
        except (urllib.error.URLError, SlackClientError, OSError) as error:
            return _read_break(error)
        return (
            answer.data if isinstance(answer.data, dict) else Failed("Slack's answer could not be read", unknown=True)
        )


def read_slack_error(error: SlackApiError) -> Failed:
    """What Slack's refusal means for us: wait, try again, or give up."""
    response = error.response
    status, headers = getattr(response, "status_code", 0), getattr(response, "headers", {}) or {}
    name = plain(str(response.get("error") or status), 80) if hasattr(response, "get") else str(status)
    passing = name in PASSING or status == 429 or status >= 500
    unknown = name in DOUBTFUL or (status >= 500 and status != 503)
    lowered = {key.lower(): value for key, value in headers.items()}
    return Failed(f"Slack answered {name}", permanent=not passing, after=read_wait(lowered), unknown=unknown)


def _read_break(error: Exception) -> Failed:
    """A broken exchange. A refused connection took nothing; anything later may have been accepted."""
    cause = error.reason if isinstance(error, urllib.error.URLError) else error
    early = isinstance(cause, ConnectionRefusedError) or "getaddrinfo" in type(cause).__name__.lower()
    return Failed(f"Slack could not be reached ({type(cause).__name__})", unknown=not early)
