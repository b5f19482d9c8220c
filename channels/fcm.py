"""Push by Firebase Cloud Messaging's HTTP v1 API: one call for each of a person's devices, over HTTP/2.

An address is a registration token, or a Firebase Installation ID written as
`fid:…`. On the device a message replaces one of the same id, so that a repeated hand-over is not seen twice; or, with the field
`collapse`, an older message about the same thing. `ttl` is how long it is kept for a device that is off.

    200 with a name                           accepted
    404 UNREGISTERED, 400 about the token     rejected, and the token is dead
    401                                       retry, with a new access token for the next batch
    THIRD_PARTY_AUTH_ERROR                    retry      our key for this device's service; others go on
    403, SENDER_ID_MISMATCH                   retry      our project or its permissions: costs nobody a device
    429; 503 with Retry-After                 retry
    500, 503, timeouts                        unknown

Codes: firebase.google.com/docs/reference/fcm/rest/v1/ErrorCode.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from threading import Lock
from typing import Annotated, Any

import orjson
from google.auth.exceptions import GoogleAuthError, TransportError
from google.oauth2 import service_account
from pydantic import BeforeValidator, Field, SecretStr

from channels.base import Call, Misconfigured
from channels.push import GONE, PushAdapter, assert_fits, digest, seconds, shown
from channels.settings import BaseUrl, RemoteSettings
from channels.transport import Answer, Unanswered, client, judged
from channels.values import code_of, objects, text_at
from orchestrator.model import Delivery, Outgoing

LARGEST = 4096  # bytes of payload
LONGEST_TAG = 64  # bytes, at Apple
_SCOPE = "https://www.googleapis.com/auth/firebase.messaging"


def _service_account(given: Any) -> SecretStr:
    if isinstance(given, Mapping):
        return SecretStr(orjson.dumps(dict(given)).decode())
    text = str(given).strip()
    try:
        return SecretStr(text if text.startswith("{") else Path(text).read_text())
    except OSError:
        raise ValueError("is neither a service account's JSON nor a file that can be read") from None


_OF_THIS_DEVICE = frozenset({"THIRD_PARTY_AUTH_ERROR", "SENDER_ID_MISMATCH"})


class FcmSettings(RemoteSettings):
    """`credentials` is a service account's key: the JSON itself, or the path of its file."""

    project: Annotated[str, Field(pattern=r"^[a-z0-9.:-]+$")]
    credentials: Annotated[SecretStr, BeforeValidator(_service_account)]
    base_url: BaseUrl = "https://fcm.googleapis.com"


class _TokenAnswer:
    """An answer in the shape that google-auth reads."""

    def __init__(self, answer: Answer) -> None:
        self.status = answer.status
        self.headers = answer.headers
        self.data = answer.body


class Fcm(PushAdapter[FcmSettings]):
    """Push notifications to Android, iOS and browsers."""

    name = "fcm"
    model = FcmSettings

    def __init__(self, channel: str, settings: Mapping[str, Any]) -> None:
        super().__init__(channel, settings)
        self._credentials = _credentials(self.settings)
        self._refreshing = Lock()
        self._token = ""

    def calls(self, message: Outgoing, devices: Sequence[str]) -> Iterable[Call]:
        """One call for each device; the access token is added on the way out."""
        payload = _notification(message)
        return [self._call(address, payload) for address in devices]

    def authorised(self, call: Call) -> Call:
        """With the access token of the batch."""
        return replace(call, secret={"authorization": f"Bearer {self._token}"})

    def deliver(self, batch: Sequence[Outgoing]) -> list[Delivery]:
        """One access token for the batch, then the calls in parallel. Without a token nothing is sent."""
        refusal = self._authorise() if batch else None
        if refusal is None:
            return super().deliver(batch)
        return [self.attempt(message, lambda *_: refusal) for message in batch]

    def accepted(self, answer: Answer) -> Delivery:
        """The message's name at Google."""
        return Delivery("accepted", provider_id=text_at(answer.json(), "name"))

    def denied(self, answer: Answer) -> Delivery:
        """By Firebase's own codes; a refused access token is asked for anew before the next batch."""
        error = _error(answer)
        codes = {detail.get("errorCode") for detail in objects(error.get("details"))}
        if 400 <= answer.status < 500 and _says_gone(error):
            return GONE
        outcome = judged(answer)
        detail = f"{outcome.detail}, FCM {code_of(error.get('status'))}"
        if found := codes & _OF_THIS_DEVICE:  # says nothing of the account, nor of other devices
            return Delivery("retry", detail=f"{detail}, {min(map(str, found))}", retry_after=0.0)
        if answer.status == 401:
            self._credentials.token = None
        return replace(outcome, kind="retry" if answer.status == 403 else outcome.kind, detail=detail)

    def _call(self, address: str, shared: dict[str, Any]) -> Call:
        is_installation = address.startswith("fid:")
        target = {"fid": address.removeprefix("fid:")} if is_installation else {"token": address}
        url = f"{self.settings.base_url}/v1/projects/{self.settings.project}/messages:send"
        return Call("POST", url, {"content-type": "application/json"}, orjson.dumps({"message": target | shared}))

    def _authorise(self) -> Delivery | None:
        """Have a valid access token, or say why there is none; either way nothing has been sent."""
        with self._refreshing:
            try:
                if not self._credentials.valid:
                    self._credentials.refresh(_asks_for_token(self.settings.timeout))
                self._token = self._credentials.token
            except Exception as fault:  # google-auth chokes in many ways on an answer that is no token
                return Delivery("retry", detail=f"no access token from Google ({type(fault).__name__})")
        return None


def _credentials(settings: FcmSettings) -> Any:
    try:
        info = orjson.loads(settings.credentials.get_secret_value())
        return service_account.Credentials.from_service_account_info(info, scopes=[_SCOPE])  # type: ignore[no-untyped-call]
    except (ValueError, TypeError, AttributeError, GoogleAuthError):
        raise Misconfigured("adapter fcm: `credentials` is not a service account's key as Google gives it") from None


def _asks_for_token(timeout: float) -> Any:
    """Our client as google-auth's transport: with a deadline, and without its waiting for a provider that is down."""

    def ask(url: str, method: str = "GET", body: bytes = b"", headers: Any = None, **_: Any) -> _TokenAnswer:
        try:
            answer = client().send(Call(method, url, headers or {}, body), timeout=timeout)
        except Unanswered as silence:
            raise TransportError(str(silence)) from None  # type: ignore[no-untyped-call]
        if answer.status >= 500 or answer.status in (408, 429):
            raise TransportError(f"HTTP {answer.status}")  # type: ignore[no-untyped-call]
        return _TokenAnswer(answer)

    return ask


def _notification(message: Outgoing) -> dict[str, Any]:
    """What is the same for all devices. The body is ours and the person's; the data carries no name and no address."""
    fields = shown(message)
    visible = {name: fields[name] for name in ("title", "body", "image") if name in fields}
    data = {"kairos_message": digest(message.id)} | ({"link": fields["link"]} if "link" in fields else {})
    payload = {"notification": visible, "data": data}
    assert_fits(orjson.dumps(payload), LARGEST)
    return payload | _handling(message, fields)


def _handling(message: Outgoing, fields: Mapping[str, str]) -> dict[str, Any]:
    """What the notification replaces on the device, how long it is kept for it, and what the browser opens."""
    tag = fields["collapse"] if "collapse" in fields else digest(message.id)
    android: dict[str, Any] = {"notification": {"tag": tag}}
    apple = {"apns-collapse-id": tag if len(tag.encode()) <= LONGEST_TAG else digest(tag)}
    web: dict[str, Any] = {"notification": {"tag": tag}}
    if "collapse" in fields:
        android["collapse_key"] = tag
    if "ttl" in fields:
        kept = seconds(fields["ttl"])
        android["ttl"] = f"{kept}s"
        apple["apns-expiration"] = str(int(message.at.timestamp()) + kept)
        web["headers"] = {"TTL": str(kept)}
    if fields.get("link", "").startswith("https://"):
        web["fcm_options"] = {"link": fields["link"]}
    return {"android": android, "apns": {"headers": apple}, "webpush": web}


def _error(answer: Answer) -> dict[str, Any]:
    try:
        error = answer.json().get("error")
    except ValueError:
        return {}
    return error if isinstance(error, dict) else {}


def _says_gone(error: Mapping[str, Any]) -> bool:
    details = objects(error.get("details"))
    if any(detail.get("errorCode") == "UNREGISTERED" for detail in details):
        return True
    faults = [fault for detail in details for fault in objects(detail.get("fieldViolations"))]
    return any(fault.get("field") in ("message.token", "message.fid") for fault in faults)
