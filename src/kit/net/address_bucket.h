#pragma once

#include <string>
#include <string_view>

namespace remit::net {

/// Under which name a remote address is counted and limited: itself, or the /64 of an IPv6 address, of which one subscriber
/// has them all.
std::string address_bucket(std::string_view address);

}  // namespace remit::net
