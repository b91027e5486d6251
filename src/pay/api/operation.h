#pragma once

#include "kit/base/codec/json_schema.h"
#include "pay/api/caller.h"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What a route says of itself where it is registered: everything that the OpenAPI document, the reference page and the
/// tests know about it.
namespace remit::api {

/// A JSON document that goes in or out: how its schema is made, and one that is good.
struct Body {
  std::function<std::string(codec::JsonSchemas&)> schema;
  std::string example;
  bool required = true;
};

/// The body that holds a T; `example` is shown.
template <class T>
Body body(const T& example) {
  return {.schema = [](codec::JsonSchemas& schemas) { return schemas.add<T>(); },
          .example = codec::to_json(example)};
}

/// A page of Ts, as render_page writes it.
template <class T>
Body page_of(const T& example) {
  return {.schema =
              [](codec::JsonSchemas& schemas) {
                const std::string items = schemas.add<T>();
                return schemas.define(
                    std::string(codec::schema_name<T>()) + "Page",
                    R"({"type":"object","properties":{"data":{"type":"array","items":)" + items +
                        R"(},"next_cursor":{"type":"string","description":"Give it as cursor to )"
                        R"(get the next page; absent on the last."}},"required":["data"],)"
                        R"("additionalProperties":false})");
              },
          .example = R"({"data":[)" + codec::to_json(example) + "]}"};
}

/// The same body where a request may also come without one.
inline Body optional(Body body) {
  body.required = false;
  return body;
}

/// A parameter of the path or of the query.
struct Parameter {
  std::string_view name;
  std::string_view description;
  std::string schema;        ///< JSON Schema.
  std::string example = {};  ///< As it stands in a URL; empty: none is shown.
};

/// `limit` and `cursor`, which every list takes, and then its own.
std::vector<Parameter> page_parameters(std::vector<Parameter> own = {});
/// The id in the path, of entities with this prefix.
Parameter id_parameter(std::string_view prefix, std::string_view description);

/// Which of the Gateway's ways an endpoint goes; each has its headers and errors.
enum class Way : std::uint8_t {
  Execute,  ///< Takes Idempotency-Key; answers with Remit-Min-Position.
  Query,    ///< Answers with Remit-Min-Position.
  List,     ///< Takes Remit-Min-Position.
};

struct Operation {
  std::string_view method;
  std::string_view path;
  std::string_view id;       ///< "create_payment": how generated clients call it.
  std::string_view tag;      ///< Which part of the API it belongs to.
  std::string_view summary;  ///< A few words.
  std::string_view description = {};
  std::optional<Scope> scope;  ///< Nullopt: for anybody.
  std::vector<Way> ways;
  std::vector<Parameter> path_parameters = {};
  std::vector<Parameter> query = {};
  std::optional<Body> request = {};
  int status = 200;
  Body answer;
  /// The codes of the problems that are its own; what its ways, its scope and its body bring is known. Each is in the
  /// catalogue (problems.h).
  std::vector<std::string_view> problems = {};
};

}  // namespace remit::api
