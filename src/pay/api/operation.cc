#include "pay/api/operation.h"

#include "pay/api/query.h"

#include <fmt/format.h>

namespace remit::api {

std::vector<Parameter> page_parameters(std::vector<Parameter> own) {
  std::vector<Parameter> all = {
      {.name = "limit",
       .description = "Rows on a page.",
       .schema = fmt::format(R"({{"type":"integer","minimum":1,"maximum":{},"default":{}}})",
                             kPageRowsMax, kPageRowsDefault)},
      {.name = "cursor",
       .description = "next_cursor of the page before; absent for the first page.",
       .schema = R"({"type":"string","pattern":"^[A-Za-z0-9_-]+$"})"}};
  for (Parameter& parameter : own) all.push_back(std::move(parameter));
  return all;
}

Parameter id_parameter(std::string_view prefix, std::string_view description) {
  return {.name = "id",
          .description = description,
          .schema = fmt::format(
              R"({{"type":"string","pattern":"^{}_[0-7][0-9a-hjkmnp-tv-z]{{25}}$"}})", prefix),
          .example = fmt::format("{}_01h455vb4pex5vsknk084sn02q", prefix)};
}

}  // namespace remit::api
