#include "rails/open_banking_uk/json.h"

#include <algorithm>
#include <charconv>
#include <strings.h>

namespace remit::rails::open_banking_uk {

Result<codec::JsonDocument> parse(std::string_view json) {
  return codec::JsonDocument::parse(json, {});
}

const codec::JsonNode* find(const codec::JsonDocument& document,
                            std::initializer_list<std::string_view> path) {
  const codec::JsonNode* node = &document.root();
  for (const std::string_view step : path) {
    if (node->kind != codec::JsonKind::Object) return nullptr;
    node = node->find(step);
    if (node == nullptr) return nullptr;
  }
  return node;
}

std::string text(const codec::JsonDocument& document,
                 std::initializer_list<std::string_view> path) {
  const codec::JsonNode* node = find(document, path);
  if (node == nullptr || node->kind != codec::JsonKind::String) return {};
  return std::string(node->text);
}

std::string id_text(const codec::JsonDocument& document,
                    std::initializer_list<std::string_view> path) {
  std::string id = text(document, path);
  id.resize(id.find_last_not_of(' ') + 1);
  return id;
}

std::vector<std::string> texts(const codec::JsonDocument& document,
                               std::initializer_list<std::string_view> path) {
  std::vector<std::string> found;
  const codec::JsonNode* node = find(document, path);
  if (node == nullptr || node->kind != codec::JsonKind::Array) return found;
  const codec::JsonNode* item = node->first();
  for (std::uint32_t i = 0; i < node->count; ++i, item = item->next()) {
    if (item->kind == codec::JsonKind::String) found.emplace_back(item->text);
  }
  return found;
}

std::optional<std::int64_t> whole_number(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<std::int64_t> number(const codec::JsonDocument& document,
                                   std::initializer_list<std::string_view> path) {
  const codec::JsonNode* node = find(document, path);
  if (node == nullptr) return std::nullopt;
  if (node->kind == codec::JsonKind::String) return whole_number(node->text);
  if (node->kind != codec::JsonKind::Signed) return std::nullopt;
  return static_cast<std::int64_t>(node->bits);
}

bool is_one_of(const std::string& text, std::initializer_list<const char*> words) {
  return std::ranges::any_of(words,
                             [&](const char* word) { return strcasecmp(text.c_str(), word) == 0; });
}

std::string reason_in(const std::string& reason, std::string_view what) {
  constexpr std::string_view kOfAny = "jws_";
  if (!reason.starts_with(kOfAny)) return reason;
  return std::string(what) + "_" + reason.substr(kOfAny.size());
}

bool is_or_contains(const codec::JsonNode* node, std::string_view text) {
  if (node == nullptr) return false;
  if (node->kind == codec::JsonKind::String) return node->text == text;
  if (node->kind != codec::JsonKind::Array) return false;
  const codec::JsonNode* item = node->first();
  for (std::uint32_t i = 0; i < node->count; ++i, item = item->next()) {
    if (item->kind == codec::JsonKind::String && item->text == text) return true;
  }
  return false;
}

}  // namespace remit::rails::open_banking_uk
