#pragma once

#include "kit/base/result.h"

#include <cstdint>

namespace remit::app {

/// A TCP port of 127.0.0.1 that nobody else is given while this lives: no other reservation, no listener that takes any port
/// and no connection from here. Whoever means this very port listens on it as on any other, with SO_REUSEADDR, as servers do,
/// and again when it was killed. Without a listener connections are refused.
class ReservedPort {
 public:
  /// Fails with `no_free_port`.
  static Result<ReservedPort> take();
  ReservedPort() = default;  ///< None.
  ReservedPort(ReservedPort&& other) noexcept;
  ReservedPort& operator=(ReservedPort&& other) noexcept;
  ~ReservedPort();

  std::uint16_t number() const { return number_; }

 private:
  ReservedPort(int socket, std::uint16_t number) : socket_(socket), number_(number) {}

  int socket_ = -1;  ///< Bound, and never listening.
  std::uint16_t number_ = 0;
};

}  // namespace remit::app
