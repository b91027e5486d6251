#include "lab/bank/name_matching.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

namespace remit::lab::bank {
namespace {

using Words = std::vector<std::string>;

/// The letters of Latin-1 Supplement (U+00C0 to U+00FF) without their accents; a letter beyond it stands for itself.
constexpr std::string_view kWithoutAccents =
    "aaaaaaaceeeeiiiidnooooo ouuuuytsaaaaaaaceeeeiiiidnooooo ouuuuyty";

bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/// Lower case without accents and apostrophes; everything else that is no letter separates words.
std::string plain(std::string_view name) {
  std::string text;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const auto byte = static_cast<unsigned char>(name[i]);
    if (byte >= 'A' && byte <= 'Z') {
      text += static_cast<char>(byte - 'A' + 'a');
    } else if (byte == 0xC3 && i + 1 < name.size()) {
      text += kWithoutAccents[static_cast<unsigned char>(name[++i]) & 0x3F];
    } else if (byte == '&') {
      text += " and ";
    } else if (byte >= 0x80 || is_letter_or_digit(name[i])) {
      text += name[i];
    } else if (byte != '\'') {
      text += ' ';
    }
  }
  return text;
}

Words words_of(std::string_view name) {
  constexpr std::array<std::string_view, 8> kTitles{"mr", "mrs", "ms",  "miss",
                                                    "mx", "dr",  "sir", "prof"};
  Words words;
  const std::string text = plain(name);
  for (std::size_t from = 0; from < text.size();) {
    const std::size_t to = std::min(text.find(' ', from), text.size());
    std::string word = text.substr(from, to - from);
    from = to + 1;
    if (word.empty() || std::ranges::find(kTitles, word) != kTitles.end()) continue;
    if (word == "limited") word = "ltd";
    if (word == "company") word = "co";
    words.push_back(std::move(word));
  }
  return words;
}

Words sorted(Words words) {
  std::ranges::sort(words);
  return words;
}

std::string joined(const Words& words) {
  std::string text;
  for (const std::string& word : words) text += word;
  return text;
}

/// One letter replaced, or one put in or left out.
bool differ_by_one_letter(std::string_view shorter, std::string_view longer) {
  if (shorter.size() > longer.size()) std::swap(shorter, longer);
  if (longer.size() - shorter.size() > 1) return false;
  const auto [in_shorter, in_longer] = std::ranges::mismatch(shorter, longer);
  const auto rest_of = [](std::string_view text, auto at, std::size_t skipped) {
    return text.substr(
        std::min(static_cast<std::size_t>(at - text.begin()) + skipped, text.size()));
  };
  const std::size_t skipped = shorter.size() == longer.size() ? 1 : 0;
  return rest_of(shorter, in_shorter, skipped) == rest_of(longer, in_longer, 1);
}

Words without_legal_form(Words words) {
  if (words.size() > 1 &&
      (words.back() == "ltd" || words.back() == "plc" || words.back() == "llp")) {
    words.pop_back();
  }
  return words;
}

/// The same surname, and each name before it the same or its initial; middle names may be missing.
bool agree_by_initials(const Words& asked, const Words& held) {
  if (asked.size() < 2 || held.size() < 2 || asked.back() != held.back()) return false;
  const auto same_or_initial = [](const std::string& left, const std::string& right) {
    if (left == right) return true;
    return left.front() == right.front() && (left.size() == 1 || right.size() == 1);
  };
  if (!same_or_initial(asked.front(), held.front())) return false;
  const std::size_t middle = std::min(asked.size(), held.size()) - 1;
  for (std::size_t i = 1; i < middle; ++i) {
    if (!same_or_initial(asked[i], held[i])) return false;
  }
  return true;
}

}  // namespace

NameMatch compare_names(std::string_view asked_name, std::string_view held_name) {
  const Words asked = words_of(asked_name);
  const Words held = words_of(held_name);
  if (asked.empty() || held.empty()) return NameMatch::None;
  if (joined(asked) == joined(held)) return NameMatch::Match;
  const bool close =
      sorted(asked) == sorted(held) || without_legal_form(asked) == without_legal_form(held) ||
      differ_by_one_letter(joined(asked), joined(held)) || agree_by_initials(asked, held);
  return close ? NameMatch::Close : NameMatch::None;
}

}  // namespace remit::lab::bank
