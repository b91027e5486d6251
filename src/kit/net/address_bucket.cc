#include "kit/net/address_bucket.h"

#include <fmt/format.h>

#include <algorithm>
#include <arpa/inet.h>
#include <netinet/in.h>

namespace remit::net {

std::string address_bucket(std::string_view address) {
  in6_addr parsed{};
  const std::string text(address.substr(0, address.find('%')));
  if (::inet_pton(AF_INET6, text.c_str(), &parsed) != 1) return std::string(address);
  if (IN6_IS_ADDR_V4MAPPED(&parsed)) return std::string(address);
  std::fill(std::begin(parsed.s6_addr) + 8, std::end(parsed.s6_addr), std::uint8_t{0});
  char network[INET6_ADDRSTRLEN] = {};
  ::inet_ntop(AF_INET6, &parsed, network, sizeof network);
  return fmt::format("{}/64", network);
}

}  // namespace remit::net
