#include "kit/base/check.h"
#include "kit/net/connection_asio.h"

#include <boost/asio/buffer.hpp>

#include <deque>

/// A client may send anything, in pieces of any size. What it sends is the same requests however it is cut, every one of them
/// is answered once, and behind a refusal nothing is read as a request.
namespace remit::net {
namespace {

/// What a connection made of the bytes.
struct Seen {
  std::vector<std::string> requests;
  std::string answers;
  bool operator==(const Seen&) const = default;
};

/// The connection of a server that says 204 to everything, over bytes in memory.
class MemoryConnection final : public Connection {
 public:
  /// The client sends `bytes`, `piece` at a time, and then ends its half.
  MemoryConnection(ConnectionOwner& owner, std::string_view bytes, std::size_t piece)
      : Connection(owner, {.address = "127.0.0.1", .port = 1}), bytes_(bytes), piece_(piece) {}

  void start() override {
    begin_request();
    while (!due_.empty()) {
      const auto next = std::move(due_.front());
      due_.pop_front();
      next();
    }
  }
  void later(std::function<void()> run) { due_.push_back(std::move(run)); }
  const std::string& written() const { return written_; }

 private:
  void read_some(asio::mutable_buffer buffer) override {
    later([this, buffer] {
      const std::size_t size = std::min({piece_, bytes_.size(), buffer.size()});
      if (size == 0) return on_read(asio::error::eof, 0);
      std::copy_n(bytes_.data(), size, static_cast<char*>(buffer.data()));
      bytes_.remove_prefix(size);
      on_read({}, size);
    });
  }
  void write(std::array<asio::const_buffer, 2> buffers) override {
    for (const asio::const_buffer& buffer : buffers) {
      written_.append(static_cast<const char*>(buffer.data()), buffer.size());
    }
    later([this] { on_written({}); });
  }
  void finish_writing() override {}
  void shut() override {}

  std::string_view bytes_;
  std::size_t piece_;
  std::string written_;
  std::deque<std::function<void()>> due_;
};

class MemoryOwner final : public ConnectionOwner {
 public:
  MemoryOwner() {
    options_.header_bytes_max = 2048;
    options_.body_bytes_max = 4096;
  }
  Seen serve(std::string_view bytes, std::size_t piece) {
    seen_ = {};
    const auto connection = std::make_shared<MemoryConnection>(*this, bytes, piece);
    connection->start();
    CHECK(closed_ == 1, "closed {} times", closed_);
    closed_ = 0;
    seen_.answers = connection->written();
    return seen_;
  }

  const ServerOptions& options() const override { return options_; }
  bool draining() const override { return false; }
  void dispatch(HttpRequest request, std::shared_ptr<Connection> connection,
                std::uint64_t number) override {
    CHECK(!refused_, "a request behind a refusal: {} {}", request.method, request.path);
    CHECK(request.path.starts_with('/'), "{}", request.path);
    CHECK(request.body.size() <= options_.body_bytes_max, "{} bytes", request.body.size());
    std::string text = fmt::format("{} {}?{}\n", request.method, request.path, request.query);
    for (const auto& [name, value] : request.headers) {
      CHECK(value.find_first_of(std::string_view("\r\n\0", 3)) == std::string::npos, "{}", name);
      text += name + ": " + value + "\n";
    }
    seen_.requests.push_back(text + request.body);
    auto& memory = static_cast<MemoryConnection&>(*connection);
    memory.later([connection, number] { connection->answer(number, {.status = 204}); });
  }
  void closed(Connection&) override {
    ++closed_;
    refused_ = false;
  }
  void count_refused_request(std::string_view) override { refused_ = true; }
  void count_ended_connection(std::string_view) override {}
  std::string_view date() override { return "Thu, 01 Jan 1970 00:00:00 GMT"; }

 private:
  ServerOptions options_;
  Seen seen_;
  int closed_ = 0;
  bool refused_ = false;
};

}  // namespace
}  // namespace remit::net

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace remit::net;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  MemoryOwner owner;
  const Seen whole = owner.serve(bytes, 64 * 1024);
  const std::size_t piece = size == 0 ? 1 : 1 + data[size - 1] % 7;
  const Seen pieces = owner.serve(bytes, piece);
  CHECK(pieces.requests == whole.requests, "cut into {}: {} requests, whole {}", piece,
        pieces.requests.size(), whole.requests.size());
  return 0;
}
