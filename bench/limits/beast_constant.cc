// usage: beast_constant COMMAND
// A bare Beast server that reads each request whole and answers a constant, on as many threads as there are cores. Runs
// COMMAND with its address in $URL and ends when that does.
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/strand.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>

#include <cstdlib>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;

class Session : public std::enable_shared_from_this<Session> {
 public:
  explicit Session(asio::ip::tcp::socket socket) : stream_(std::move(socket)) {
    response_.version(11);
    response_.result(http::status::created);
    response_.set(http::field::content_type, "application/json");
    response_.body() = std::string(600, 'x');
    response_.prepare_payload();
  }
  void read() {
    request_ = {};
    http::async_read(stream_, buffer_, request_,
                     [self = shared_from_this()](beast::error_code error, std::size_t) {
                       if (!error) self->write();
                     });
  }

 private:
  void write() {
    http::async_write(stream_, response_,
                      [self = shared_from_this()](beast::error_code error, std::size_t) {
                        if (!error) self->read();
                      });
  }

  beast::tcp_stream stream_;
  beast::flat_buffer buffer_;
  http::request<http::string_body> request_;
  http::response<http::string_body> response_;
};

void accept(asio::io_context& context, asio::ip::tcp::acceptor& acceptor) {
  acceptor.async_accept(asio::make_strand(context),
                        [&](beast::error_code error, asio::ip::tcp::socket socket) {
                          if (error) return;
                          socket.set_option(asio::ip::tcp::no_delay(true));
                          std::make_shared<Session>(std::move(socket))->read();
                          accept(context, acceptor);
                        });
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  asio::io_context context;
  asio::ip::tcp::acceptor acceptor(context, {asio::ip::make_address("127.0.0.1"), 0});
  accept(context, acceptor);
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < std::max(1U, std::thread::hardware_concurrency()); ++i) {
    threads.emplace_back([&context] { context.run(); });
  }
  const std::string url = "http://127.0.0.1:" + std::to_string(acceptor.local_endpoint().port());
  ::setenv("URL", url.c_str(), 1);
  const int code = std::system(argv[1]);
  context.stop();
  for (std::thread& thread : threads) thread.join();
  return code == 0 ? 0 : 1;
}
