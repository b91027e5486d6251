#include "kit/net/connection_asio.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace remit::net {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::string_view kExpecting =
    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n";

/// Reads and writes end when the test says so.
class HeldConnection final : public Connection {
 public:
  using Connection::Connection;
  void start() override { begin_request(); }

  void receive(std::string_view bytes) {
    ASSERT_TRUE(reading_into_.has_value());
    const asio::mutable_buffer buffer = *std::exchange(reading_into_, std::nullopt);
    ASSERT_LE(bytes.size(), buffer.size());
    std::ranges::copy(bytes, static_cast<char*>(buffer.data()));
    on_read({}, bytes.size());
  }
  void finish_write() {
    ASSERT_TRUE(writing_.has_value());
    written_.push_back(under_way());
    writing_.reset();
    on_written({});
  }
  /// What the bytes are now that are being written.
  std::string under_way() const {
    std::string text;
    if (!writing_) return text;
    for (const asio::const_buffer& buffer : *writing_) {
      text.append(static_cast<const char*>(buffer.data()), buffer.size());
    }
    return text;
  }
  int overlapping_writes() const { return overlapping_writes_; }
  const std::vector<std::string>& written() const { return written_; }

 private:
  void read_some(asio::mutable_buffer buffer) override { reading_into_ = buffer; }
  void write(std::array<asio::const_buffer, 2> buffers) override {
    if (writing_) ++overlapping_writes_;
    writing_ = buffers;
  }
  void finish_writing() override {}
  void shut() override {}

  std::optional<asio::mutable_buffer> reading_into_;
  std::optional<std::array<asio::const_buffer, 2>> writing_;
  std::vector<std::string> written_;
  int overlapping_writes_ = 0;
};

class ConnectionOverHeldBytes : public testing::Test, public ConnectionOwner {
 protected:
  ConnectionOverHeldBytes() { connection_->start(); }

  static Connection::Moment long_after() {
    return std::chrono::steady_clock::now() + std::chrono::hours(1);
  }

  std::shared_ptr<HeldConnection> connection_ =
      std::make_shared<HeldConnection>(*this, Peer{.address = "127.0.0.1", .port = 1});
  std::vector<std::string> bodies_;
  std::vector<std::string> refused_;
  std::vector<std::string> ended_;
  int closed_ = 0;

 private:
  const ServerOptions& options() const override { return options_; }
  bool draining() const override { return false; }
  void dispatch(HttpRequest request, std::shared_ptr<Connection> connection,
                std::uint64_t number) override {
    bodies_.push_back(request.body);
    connection->answer(number, {.status = 204});
  }
  void closed(Connection&) override { ++closed_; }
  void count_refused_request(std::string_view code) override { refused_.emplace_back(code); }
  void count_ended_connection(std::string_view reason) override { ended_.emplace_back(reason); }
  std::string_view date() override { return "Thu, 01 Jan 1970 00:00:00 GMT"; }

  const ServerOptions options_;
};

TEST_F(ConnectionOverHeldBytes, ABodyIsReadBehindTheInterimAnswer) {
  connection_->receive(kExpecting);
  EXPECT_EQ(connection_->under_way(), "HTTP/1.1 100 Continue\r\n\r\n");
  connection_->finish_write();
  connection_->receive("hello");
  EXPECT_THAT(bodies_, ElementsAre("hello"));
  EXPECT_TRUE(connection_->under_way().starts_with("HTTP/1.1 204"));
  connection_->finish_write();
  EXPECT_EQ(closed_, 0);
}

TEST_F(ConnectionOverHeldBytes, WhoDoesNotReadTheInterimAnswerIsClosedAndWrittenNothingMore) {
  connection_->receive(kExpecting);
  connection_->check_deadline(long_after());
  EXPECT_EQ(connection_->overlapping_writes(), 0);
  EXPECT_EQ(connection_->under_way(), "HTTP/1.1 100 Continue\r\n\r\n");
  EXPECT_THAT(refused_, IsEmpty());
  EXPECT_THAT(ended_, ElementsAre("reader_slow"));
  EXPECT_EQ(closed_, 1);
}

TEST_F(ConnectionOverHeldBytes, ABodyThatDoesNotComeBehindTheInterimAnswerIsRefused) {
  connection_->receive(kExpecting);
  connection_->finish_write();
  connection_->check_deadline(long_after());
  EXPECT_TRUE(connection_->under_way().starts_with("HTTP/1.1 408"));
  EXPECT_THAT(refused_, ElementsAre("request_timeout"));
  EXPECT_EQ(closed_, 0);
}

TEST_F(ConnectionOverHeldBytes, WhoDoesNotReadAnAnswerIsClosed) {
  connection_->receive("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  connection_->check_deadline(long_after());
  EXPECT_EQ(connection_->overlapping_writes(), 0);
  EXPECT_THAT(ended_, ElementsAre("reader_slow"));
  EXPECT_EQ(closed_, 1);
}

}  // namespace
}  // namespace remit::net
