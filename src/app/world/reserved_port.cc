#include "app/world/reserved_port.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace remit::app {

Result<ReservedPort> ReservedPort::take() {
  ReservedPort taken(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  const int yes = 1;
  // Linux lets two sockets have one port when both want SO_REUSEADDR and the first one does not listen.
  const bool bound =
      taken.socket_ >= 0 &&
      ::setsockopt(taken.socket_, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) == 0 &&
      ::bind(taken.socket_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0 &&
      ::getsockname(taken.socket_, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  if (!bound) return fail(ErrorCode::Unavailable, "no_free_port", "No port of 127.0.0.1 is free.");
  taken.number_ = ntohs(address.sin_port);
  return taken;
}

ReservedPort::ReservedPort(ReservedPort&& other) noexcept
    : socket_(std::exchange(other.socket_, -1)), number_(other.number_) {}

ReservedPort& ReservedPort::operator=(ReservedPort&& other) noexcept {
  std::swap(socket_, other.socket_);
  std::swap(number_, other.number_);
  return *this;
}

ReservedPort::~ReservedPort() {
  if (socket_ >= 0) ::close(socket_);
}

}  // namespace remit::app
