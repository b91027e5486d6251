#pragma once

#include <string>
#include <string_view>

namespace remit::lab::bank {

/// The text as a gzip file (RFC 1952) of stored blocks: any reader of gzip takes it, and nothing gets smaller.
std::string to_gzip(std::string_view text);

}  // namespace remit::lab::bank
