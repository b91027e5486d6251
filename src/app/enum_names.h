#pragma once

#include "kit/base/codec/json_names.h"

#include <string>
#include <vector>

namespace remit::app {

/// What an option may say that names one of the enumerators: as JSON has them.
template <codec::DescribedEnum T>
std::vector<std::string> enum_names() {
  std::vector<std::string> names;
  boost::mp11::mp_for_each<boost::describe::describe_enumerators<T>>(
      [&](auto one) { names.emplace_back(codec::json_name(one.value)); });
  return names;
}

}  // namespace remit::app
