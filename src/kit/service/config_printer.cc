#include "kit/service/config_printer.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace remit::service {

void ConfigPrinter::header(const std::string& path, bool of_list, std::string_view described) {
  if (!text_.empty()) text_ += '\n';
  const bool commented = style_ == Style::Commented;
  if (commented && !described.empty()) text_ += fmt::format("# {}\n", described);
  // The header of a table may stand: without keys it changes nothing. One of a list would add an item.
  text_ += of_list ? fmt::format("{}[[{}]]\n", commented ? "# " : "", path)
                   : fmt::format("[{}]\n", path);
}

void ConfigPrinter::line(const std::string& path, std::string_view key, const std::string& value,
                         std::string_view described) {
  if (style_ == Style::Effective) {
    if (!value.empty()) text_ += fmt::format("{} = {}\n", key, value);
    return;
  }
  if (!described.empty()) text_ += fmt::format("# {}\n", described);
  if (!in_list_) {
    std::string variable = environment_name(path.empty() ? "REMIT" : "REMIT_" + path, key);
    std::ranges::replace(variable, '.', '_');
    text_ += fmt::format("# Environment: {}\n", variable);
  }
  text_ += fmt::format("# {} ={}{}\n", key, value.empty() ? "" : " ", value);
}

void ConfigPrinter::secret(const std::string& path, std::string_view key, const Secret& value,
                           std::string_view described) {
  if (style_ == Style::Effective) {
    text_ += fmt::format("# {} is {}\n", key, value.empty() ? "not set" : "set: ********");
    return;
  }
  line(path, fmt::format("{}_file", key), quote_toml(""), described);
}

}  // namespace remit::service
