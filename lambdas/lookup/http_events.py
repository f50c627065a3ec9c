"""HTTP requests as a function URL or an HTTP API hands them to the function (payload format 2.0)."""

import base64
import binascii
from typing import Any

from headwater.online.http import HttpAnswer, HttpApi


def is_http(event: Any) -> bool:
    """Whether an event is an HTTP request rather than a lookup request."""
    return isinstance(event, dict) and "http" in event.get("requestContext", {})


def answer(api: HttpApi, event: dict[str, Any]) -> dict[str, Any]:
    """Answer an HTTP request."""
    body = event.get("body") or ""
    try:
        content = base64.b64decode(body, validate=True) if event.get("isBase64Encoded") else body.encode()
    except binascii.Error:
        content = b""
    method = event["requestContext"]["http"]["method"]
    return _response(api.answer(method, event.get("rawPath", "/"), content))


def _response(found: HttpAnswer) -> dict[str, Any]:
    return {"statusCode": found.status, "headers": found.headers, "body": found.body.decode()}
