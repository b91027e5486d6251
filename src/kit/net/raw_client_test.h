#pragma once

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <unistd.h>

namespace remit::net {

/// A plain socket to the server, for saying what a well-behaved client never would.
class RawClient {
 public:
  /// A small receive buffer is one that is full soon, when it is not read.
  explicit RawClient(std::uint16_t port, int receive_bytes = 0)
      : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const int at_once = 1;
    ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &at_once, sizeof(at_once));
    if (receive_bytes > 0) {
      ::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &receive_bytes, sizeof(receive_bytes));
    }
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0;
    timeval limit{.tv_sec = 5, .tv_usec = 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
  }
  ~RawClient() { ::close(socket_); }
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  void send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
  }
  /// In pieces, so that the server sees it in many reads.
  void send_in_pieces(std::string_view bytes, std::size_t piece) {
    for (; !bytes.empty(); bytes.remove_prefix(std::min(piece, bytes.size()))) {
      send(bytes.substr(0, piece));
    }
  }
  /// Everything until the server closes the connection, or five seconds of silence.
  std::string read_to_end() {
    std::string all;
    std::array<char, 4096> part{};
    while (true) {
      const ssize_t count = ::recv(socket_, part.data(), part.size(), 0);
      if (count <= 0) {
        closed_ = count == 0 || errno == ECONNRESET;
        return all;
      }
      all.append(part.data(), static_cast<std::size_t>(count));
    }
  }
  /// One answer with a Content-Length.
  std::string read_answer() {
    std::string all;
    char c = 0;
    while (!all.ends_with("\r\n\r\n") && ::recv(socket_, &c, 1, 0) == 1) all.push_back(c);
    const std::size_t at = all.find("Content-Length: ");
    std::size_t left = at == std::string::npos ? 0 : std::stoul(all.substr(at + 16));
    while (left > 0 && ::recv(socket_, &c, 1, 0) == 1) {
      all.push_back(c);
      --left;
    }
    return all;
  }
  bool connected() const { return connected_; }
  bool closed() const { return closed_; }

 private:
  int socket_;
  bool connected_ = false;
  bool closed_ = false;
};

}  // namespace remit::net
