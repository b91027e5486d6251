#pragma once

#include "kit/base/codec/json_document.h"
#include "kit/base/result.h"

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace remit::rails::open_banking_uk {

/// A bank's JSON, parsed strictly but read leniently: members that we do not know are passed over, as the standard asks.
Result<codec::JsonDocument> parse(std::string_view json);

/// The member behind the path; nullptr when any step is missing.
const codec::JsonNode* find(const codec::JsonDocument& document,
                            std::initializer_list<std::string_view> path);
/// Its text; empty when it is missing or no string.
std::string text(const codec::JsonDocument& document, std::initializer_list<std::string_view> path);
/// The same without the spaces that some banks leave behind ids.
std::string id_text(const codec::JsonDocument& document,
                    std::initializer_list<std::string_view> path);
/// The texts of the list; empty when it is missing or none.
std::vector<std::string> texts(const codec::JsonDocument& document,
                               std::initializer_list<std::string_view> path);
/// The text when it is a whole number and nothing else.
std::optional<std::int64_t> whole_number(std::string_view text);
/// Its whole number, which some banks write as text; nullopt when it is missing or none.
std::optional<std::int64_t> number(const codec::JsonDocument& document,
                                   std::initializer_list<std::string_view> path);
/// True when the text is one of the words, in any case: some banks write "auth" for "AUTH".
bool is_one_of(const std::string& text, std::initializer_list<const char*> words);
/// "jws_critical" in the words of what was signed: "id_token_critical". Other reasons stay as they are.
std::string reason_in(const std::string& reason, std::string_view what);
/// True when it is that string, or a list that contains it: `aud` (RFC 7519 section 4.1.3).
bool is_or_contains(const codec::JsonNode* node, std::string_view text);

}  // namespace remit::rails::open_banking_uk
