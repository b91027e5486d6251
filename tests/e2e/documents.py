"""Examples keep to the schemas beside them, the AsyncAPI document to its standard, and events to the AsyncAPI document."""

import json
import pathlib
import sys

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.validators import validator_for


def read(path):
    return json.loads(pathlib.Path(path).read_text())


def check(value, schema, whole, what):
    """`schema` within the document `whole`, whose references begin at its root."""
    validator = Draft202012Validator({**schema, "components": whole["components"]}, format_checker=FormatChecker())
    errors = [f"{what}: {error.json_path}: {error.message}" for error in validator.iter_errors(value)]
    assert not errors, "\n".join(errors)


def media_of(operation):
    if "requestBody" in operation:
        yield "request", operation["requestBody"]["content"]
    for status, response in operation["responses"].items():
        yield status, response["content"]


folder, asyncapi_schema, events_file = sys.argv[1:]
openapi = read(f"{folder}/openapi.json")
asyncapi = read(f"{folder}/asyncapi.json")
for whole in (openapi, asyncapi):
    for schema in whole["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)

examples = 0
for path, methods in openapi["paths"].items():
    for method, operation in methods.items():
        for where, content in media_of(operation):
            for media in content.values():
                if "example" in media:
                    check(media["example"], media["schema"], openapi, f"{method} {path} {where}")
                    examples += 1
        for parameter in operation.get("parameters", []):
            if "example" in parameter:
                check(parameter["example"], parameter["schema"], openapi, f"{method} {path} {parameter['name']}")
                examples += 1

standard = read(asyncapi_schema)
errors = [f"{error.json_path}: {error.message}" for error in validator_for(standard)(standard).iter_errors(asyncapi)]
assert not errors, "\n".join(errors)

messages = {message["name"]: message for message in asyncapi["components"]["messages"].values()}
events = read(events_file)["data"]
for event in events:
    check(event, messages[event["type"]]["payload"], asyncapi, event["type"])
types = {event["type"] for event in events}
wanted = {"account.opened.v1", "transfer.created.v1", "transfer.posted.v1", "transfer.voided.v1", "payment.created.v1",
          "payment.cancelled.v1"}
assert wanted <= types, wanted - types
print(f"{examples} examples, {len(messages)} messages, {len(events)} events of {len(types)} types")
