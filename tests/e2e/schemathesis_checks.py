"""What the OpenAPI document promises beyond OpenAPI's own words: the codes of problems."""

import json

import schemathesis

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
