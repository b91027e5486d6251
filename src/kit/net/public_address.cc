#include "kit/net/public_address.h"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cstdint>
#include <cstring>
#include <netinet/in.h>
#include <span>
#include <string>
#include <sys/socket.h>

namespace remit::net {
namespace {

struct Network4 {
  std::uint32_t first;
  unsigned bits;
};

/// RFC 6890 and its registry: what is not globally reachable.
constexpr std::array kPrivate4 = {
    Network4{0x00000000, 8},   // this network
    Network4{0x0A000000, 8},   // private (RFC 1918)
    Network4{0x64400000, 10},  // carrier-grade NAT (RFC 6598)
    Network4{0x7F000000, 8},   // loopback
    Network4{0xA9FE0000, 16},  // link-local
    Network4{0xAC100000, 12},  // private
    Network4{0xC0000000, 24},  // IETF protocol assignments
    Network4{0xC0000200, 24},  // documentation
    Network4{0xC0586300, 24},  // 6to4 relays, deprecated
    Network4{0xC0A80000, 16},  // private
    Network4{0xC6120000, 15},  // benchmarking
    Network4{0xC6336400, 24},  // documentation
    Network4{0xCB007100, 24},  // documentation
    Network4{0xE0000000, 4},   // multicast
    Network4{0xF0000000, 4},   // reserved, broadcast
};

constexpr bool is_public4(std::uint32_t address) {
  return std::ranges::none_of(kPrivate4, [address](const Network4& network) {
    return (address >> (32 - network.bits)) == (network.first >> (32 - network.bits));
  });
}

using Bytes6 = std::span<const std::uint8_t, 16>;

std::uint32_t ipv4_at(Bytes6 bytes, std::size_t at) {
  return std::uint32_t{bytes[at]} << 24U | std::uint32_t{bytes[at + 1]} << 16U |
         std::uint32_t{bytes[at + 2]} << 8U | std::uint32_t{bytes[at + 3]};
}

bool starts_with(Bytes6 bytes, std::initializer_list<std::uint8_t> prefix) {
  return std::ranges::equal(bytes.first(prefix.size()), prefix);
}

bool is_public6(Bytes6 bytes) {
  if (starts_with(bytes, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff})) {
    return is_public4(ipv4_at(bytes, 12));  // mapped (RFC 4291 section 2.5.5.2)
  }
  if (starts_with(bytes, {0x00, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0})) {
    return is_public4(ipv4_at(bytes, 12));  // NAT64 (RFC 6052)
  }
  if (starts_with(bytes, {0x20, 0x02})) return is_public4(ipv4_at(bytes, 2));  // 6to4 (RFC 3056)
  // Of the rest only 2000::/3 is handed out; in it Teredo, protocol assignments, documentation.
  if ((bytes[0] & 0xe0U) != 0x20U) return false;
  if (starts_with(bytes, {0x20, 0x01}) && (bytes[2] & 0xfeU) == 0) return false;
  if (starts_with(bytes, {0x20, 0x01, 0x0d, 0xb8})) return false;
  return !(starts_with(bytes, {0x3f, 0xff}) && (bytes[2] & 0xf0U) == 0);
}

}  // namespace

bool is_public_address(const sockaddr& address) {
  if (address.sa_family == AF_INET) {
    sockaddr_in in{};
    std::memcpy(&in, &address, sizeof in);
    return is_public4(ntohl(in.sin_addr.s_addr));
  }
  if (address.sa_family == AF_INET6) {
    sockaddr_in6 in{};
    std::memcpy(&in, &address, sizeof in);
    return is_public6(Bytes6(in.sin6_addr.s6_addr));
  }
  return false;
}

bool is_public_address(std::string_view text) {
  const std::string terminated(text);
  in_addr four{};
  if (inet_pton(AF_INET, terminated.c_str(), &four) == 1) return is_public4(ntohl(four.s_addr));
  in6_addr six{};
  return inet_pton(AF_INET6, terminated.c_str(), &six) == 1 && is_public6(Bytes6(six.s6_addr));
}

}  // namespace remit::net
