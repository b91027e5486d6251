#include "kit/service/config_reader.h"

#include "kit/base/durable_file.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace remit::service {
namespace {

/// Enough to mend a file by; a file of another program would fill the screen.
constexpr std::size_t kProblemsMax = 20;

std::string suggestion(std::string_view wrong, const std::vector<std::string>& known) {
  const std::string nearest = nearest_name(wrong, known);
  if (!nearest.empty()) return fmt::format("did you mean {}?", nearest);
  return known.empty() ? "remove it" : fmt::format("the keys are {}", fmt::join(known, ", "));
}

}  // namespace

void ConfigReader::problem(std::string line) {
  problems_.push_back(std::move(line));
}

bool ConfigReader::expect(const ConfigNode& node, ConfigNode::Kind wanted) {
  if (node.kind == wanted) return true;
  problem(fmt::format("{}: {}{}must be {}, not {}", node.place, node.key,
                      node.key.empty() ? "" : " ", kind_name(wanted), kind_name(node.kind)));
  return false;
}

bool ConfigReader::expect_table(const ConfigNode* node) {
  return node == nullptr || expect(*node, ConfigNode::Kind::Table);
}

void ConfigReader::check_keys(const ConfigNode* table, const std::vector<std::string>& known,
                              const std::string& path) {
  if (table == nullptr) return;
  const auto is_known = [&](const std::string& key) {
    return std::ranges::find(known, key) != known.end();
  };
  for (const ConfigNode& child : table->children) {
    if (is_known(child.key)) continue;
    if (is_known(child.key + "_file")) {
      problem(
          fmt::format("{}: {} is a secret and not for this file; put it into a file of its own "
                      "and name that by {}_file",
                      child.place, child.key, child.key));
      continue;
    }
    problem(fmt::format("{}: unknown key {}{}{}; {}", child.place, child.key,
                        path.empty() ? "" : " in ", path, suggestion(child.key, known)));
  }
}

const std::string* ConfigReader::find_variable(const std::string& name) {
  if (name.empty()) return nullptr;
  variables_.insert(name);
  const auto found = environment_.find(name);
  return found == environment_.end() ? nullptr : &found->second;
}

void ConfigReader::read_secret(const ConfigNode* table, const std::string& variable,
                               std::string_view key, Secret& out) {
  if (table != nullptr) {
    if (const ConfigNode* file = table->find(fmt::format("{}_file", key))) {
      load_secret_file(*file, out);
    }
  }
  if (variable.empty()) return;
  const std::string file_variable = variable + "_FILE";
  if (const std::string* path = find_variable(file_variable)) {
    load_secret_file({.kind = ConfigNode::Kind::String, .place = file_variable, .text = *path},
                     out);
  }
  if (const std::string* text = find_variable(variable)) out.value = *text;
}

void ConfigReader::load_secret_file(const ConfigNode& node, Secret& out) {
  if (!expect(node, ConfigNode::Kind::String)) return;
  auto bytes = read_file(node.text, kSecretBytesMax);
  if (!bytes) return problem(fmt::format("{}: {}", node.place, bytes.error().message));
  out.value = std::string(as_text(*bytes));
  // Editors and `echo` end a file with a line break that is no part of the secret.
  while (out.value.ends_with('\n') || out.value.ends_with('\r')) out.value.pop_back();
  if (out.empty()) problem(fmt::format("{}: {} is empty", node.place, node.text));
}

Result<void> ConfigReader::finish() {
  const std::vector<std::string> known(variables_.begin(), variables_.end());
  for (const auto& [name, value] : environment_) {
    // Other variables that begin with REMIT_ may be meant for tools around the program.
    const bool ours = std::ranges::any_of(
        prefixes_, [&](const std::string& prefix) { return name.starts_with(prefix); });
    if (ours && !variables_.contains(name)) {
      const std::string nearest = nearest_name(name, known);
      problem(fmt::format("{}: no key has this name; {}", name,
                          nearest.empty() ? "unset it" : "did you mean " + nearest + "?"));
    }
  }
  if (problems_.empty()) return {};
  const std::size_t left_out = problems_.size() - std::min(problems_.size(), kProblemsMax);
  problems_.resize(problems_.size() - left_out);
  if (left_out > 0) problems_.push_back(fmt::format("and {} more", left_out));
  return fail(ErrorCode::InvalidArgument, "config_invalid",
              fmt::format("{}", fmt::join(problems_, "\n")));
}

}  // namespace remit::service
