"""What the OpenAPI document promises beyond OpenAPI's own words, and requests that get past the first look.

The document promises that codes of problems are those that it names. And most random requests would name currencies and
entities that do not exist, so where a good value stands, one that exists takes its place: other values stay as they are.
"""

import datetime
import json
import os
import re

import schemathesis

EXISTING = json.loads(os.environ.get("EXISTING_IDS", "{}"))
ID = re.compile(r"([a-z]+)_[0-7][0-9a-hjkmnp-tv-z]{25}")


def existing(text):
    """Half of the good ids become ones that exist."""
    match = ID.fullmatch(text)
    if not match or ord(text[-1]) % 2:
        return text
    known = EXISTING.get(match[1], [text])
    return known[ord(text[-2]) % len(known)]


def realistic(name, value):
    if isinstance(value, dict):
        return {key: realistic(key, one) for key, one in value.items()}
    if isinstance(value, list):
        return [realistic(name, one) for one in value]
    if not isinstance(value, str):
        return value
    if name == "currency" and re.fullmatch("[A-Z]{3}", value):
        return "GBP"
    if name in ("debit_account", "credit_account"):
        known = EXISTING.get("acc", [value])
        return known[name == "debit_account"] if re.fullmatch(r"([a-z_]+_)?[0-7][0-9a-z]{25}", value) else value
    if name == "expires_at" and re.fullmatch(r"\d{4}-\d\d-\d\dT.*Z", value) and ord(value[-2]) % 2:
        return (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    return value


@schemathesis.hook
def map_body(ctx, body):
    return realistic("", body)


@schemathesis.hook
def map_path_parameters(ctx, path_parameters):
    return {name: existing(value) if isinstance(value, str) else value for name, value in (path_parameters or {}).items()}


# A schema can say all of this, so what keeps to the schema is never refused with it.
SAID_BY_THE_SCHEMA = ("json_", "query_", "idempotency_key_missing", "idempotency_key_invalid", "limit_invalid",
                      "min_position_invalid", "body_unexpected", "bad_request", "content_type_unsupported")


def has_float(value):
    if isinstance(value, dict):
        return any(has_float(one) for one in value.values())
    if isinstance(value, list):
        return any(has_float(one) for one in value)
    return isinstance(value, float)


def code_of(response):
    if "problem+json" not in response.headers.get("content-type", [""])[0]:
        return None
    return json.loads(response.content)["code"]


@schemathesis.check
def problem_code_is_documented(ctx, response, case):
    code = code_of(response)
    described = case.operation.definition.raw["responses"].get(str(response.status_code))
    # A method or path that is not served belongs to no operation.
    if code is None or described is None or code in ("route_not_found", "method_not_allowed"):
        return
    assert code in described["x-codes"], f"{code} is not among the codes documented for {response.status_code}"


@schemathesis.check
def what_keeps_to_the_schema_is_understood(ctx, response, case):
    code = code_of(response)
    positive = case.meta is not None and case.meta.generation.mode.is_positive
    # JSON Schema takes 1.0 for an integer; the server wants integers written as such.
    if code is None or not positive or has_float(case.body):
        return
    assert not code.startswith(SAID_BY_THE_SCHEMA), f"kept to the schema and was refused with {code}"
