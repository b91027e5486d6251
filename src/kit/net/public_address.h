#pragma once

#include <string_view>

struct sockaddr;

namespace remit::net {

/// Whether an address lies in the public internet: IPv4 and IPv6 alike, and IPv4 in any of its IPv6 forms (mapped, 6to4,
/// NAT64, Teredo). Everything that the IANA special-purpose registries (RFC 6890) mark as not globally reachable is not:
/// loopback, private, link-local (cloud metadata), carrier NAT, documentation, benchmarking, multicast, reserved. What is
/// neither IPv4 nor IPv6 is not public.
bool is_public_address(const sockaddr& address);

/// The same for a numeric address as a URL's host has it, without brackets; false for anything else, names included.
bool is_public_address(std::string_view text);

}  // namespace remit::net
