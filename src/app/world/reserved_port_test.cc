#include "app/world/reserved_port.h"

#include <boost/asio.hpp>
#include <gtest/gtest.h>

#include <set>
#include <vector>

namespace remit::app {
namespace {

using boost::asio::ip::tcp;

const auto kLoopback = boost::asio::ip::address_v4::loopback();

TEST(ReservedPort, OneAfterAnotherListensOnIt) {
  const ReservedPort port = *ReservedPort::take();
  boost::asio::io_context context;
  for (int i = 0; i < 3; ++i) {
    tcp::acceptor server(context, {kLoopback, port.number()});
    tcp::socket client(context);
    client.connect({kLoopback, port.number()});
    const tcp::socket accepted = server.accept();
  }
  tcp::socket client(context);
  boost::system::error_code refused;
  client.connect({kLoopback, port.number()}, refused);
  EXPECT_EQ(refused, boost::asio::error::connection_refused);
}

/// As many as there may be: whoever asks for any port gets none that is reserved.
TEST(ReservedPort, IsNobodyElses) {
  std::vector<ReservedPort> ports;
  std::set<std::uint16_t> numbers;
  for (int i = 0; i < 400; ++i) {
    ports.push_back(*ReservedPort::take());
    EXPECT_TRUE(numbers.insert(ports.back().number()).second);
  }
  boost::asio::io_context context;
  tcp::acceptor server(context, {kLoopback, 0});
  for (int i = 0; i < 400; ++i) {
    const tcp::acceptor other(context, {kLoopback, 0});
    EXPECT_FALSE(numbers.contains(other.local_endpoint().port()));
    tcp::socket client(context);
    client.connect(server.local_endpoint());
    EXPECT_FALSE(numbers.contains(client.local_endpoint().port()));
    const tcp::socket accepted = server.accept();
  }
}

}  // namespace
}  // namespace remit::app
