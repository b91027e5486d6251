#include "pay/api/json_text.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>

namespace remit::api {
namespace {

namespace json = boost::json;

constexpr std::size_t kLineBytesMax = 100;

bool is_flat(const json::value& value) {
  const auto nests = [](const json::value& one) { return one.is_structured(); };
  if (value.is_array()) return std::ranges::none_of(value.get_array(), nests);
  return std::ranges::none_of(value.get_object(),
                              [&](const auto& member) { return nests(member.value()); });
}

void write(std::string& text, const json::value& value, std::size_t level) {
  const std::string plain = json::serialize(value);
  if (!value.is_structured() || plain.size() <= 2 ||
      (is_flat(value) && 2 * level + plain.size() <= kLineBytesMax)) {
    text += plain;
    return;
  }
  const std::string line = "\n" + std::string(2 * (level + 1), ' ');
  bool first = true;
  const auto begin_one = [&] {
    text += (first ? "" : ",") + line;
    first = false;
  };
  text += value.is_array() ? '[' : '{';
  if (value.is_array()) {
    for (const json::value& one : value.get_array()) {
      begin_one();
      write(text, one, level + 1);
    }
  } else {
    for (const auto& member : value.get_object()) {
      begin_one();
      text += json::serialize(member.key()) + ": ";
      write(text, member.value(), level + 1);
    }
  }
  text += "\n" + std::string(2 * level, ' ') + (value.is_array() ? ']' : '}');
}

}  // namespace

std::string indented(const boost::json::value& value) {
  std::string text;
  write(text, value, 0);
  return text;
}

}  // namespace remit::api
