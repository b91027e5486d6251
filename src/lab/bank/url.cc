#include "lab/bank/url.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace remit::lab::bank {
namespace {

constexpr std::size_t kFieldsMax = 64;

std::optional<unsigned> hex_digit(char letter) {
  if (letter >= '0' && letter <= '9') return static_cast<unsigned>(letter - '0');
  if (letter >= 'A' && letter <= 'F') return static_cast<unsigned>(letter - 'A') + 10;
  if (letter >= 'a' && letter <= 'f') return static_cast<unsigned>(letter - 'a') + 10;
  return std::nullopt;
}

}  // namespace

std::string percent_encode(std::string_view text) {
  std::string encoded;
  for (const char letter : text) {
    const auto byte = static_cast<unsigned char>(letter);
    if (byte < 0x80 && (std::isalnum(byte) != 0 || std::string_view("-._~").contains(letter))) {
      encoded += letter;
    } else {
      encoded += fmt::format("%{:02X}", byte);
    }
  }
  return encoded;
}

std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space) {
  std::string decoded;
  for (std::size_t index = 0; index < text.size(); ++index) {
    if (text[index] == '%') {
      if (index + 2 >= text.size()) return std::nullopt;
      const auto high = hex_digit(text[index + 1]);
      const auto low = hex_digit(text[index + 2]);
      if (!high || !low) return std::nullopt;
      decoded += static_cast<char>(*high * 16 + *low);
      index += 2;
    } else {
      decoded += plus_is_space && text[index] == '+' ? ' ' : text[index];
    }
  }
  return decoded;
}

Result<Form> Form::parse(std::string_view text) {
  Form form;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('&'), text.size());
    const std::string_view field = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (field.empty()) continue;
    const std::size_t equals = std::min(field.find('='), field.size());
    auto name = percent_decode(field.substr(0, equals), true);
    auto value = percent_decode(field.substr(std::min(equals + 1, field.size())), true);
    if (!name || !value) {
      return fail(ErrorCode::InvalidArgument, "form_invalid", "A % escape is not complete.");
    }
    const bool repeated = std::ranges::any_of(
        form.fields_, [&](const auto& present) { return present.first == *name; });
    if (repeated || form.fields_.size() >= kFieldsMax) {
      return fail(ErrorCode::InvalidArgument, "form_invalid",
                  fmt::format("The parameter {} is given twice, or there are too many.", *name));
    }
    form.add(*std::move(name), *std::move(value));
  }
  return form;
}

void Form::add(std::string name, std::string value) {
  fields_.emplace_back(std::move(name), std::move(value));
}

std::optional<std::string> Form::find(std::string_view name) const {
  for (const auto& [present, value] : fields_) {
    if (present == name && !value.empty()) return value;
  }
  return std::nullopt;
}

std::string Form::encode() const {
  std::string text;
  for (const auto& [name, value] : fields_) {
    if (!text.empty()) text += '&';
    text += percent_encode(name) + '=' + percent_encode(value);
  }
  return text;
}

std::string origin_of(std::string_view url) {
  const std::size_t scheme = url.find("://");
  if (scheme == std::string_view::npos) return {};
  return std::string(url.substr(0, url.find_first_of("/?#", scheme + 3)));
}

std::string query_of(std::string_view url) {
  url = url.substr(0, url.find('#'));
  const std::size_t question = url.find('?');
  return question == std::string_view::npos ? std::string() : std::string(url.substr(question + 1));
}

}  // namespace remit::lab::bank
