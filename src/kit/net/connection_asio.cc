#include "kit/net/connection_asio.h"

#include "kit/base/bytes.h"
#include "kit/base/hash.h"
#include "kit/net/request_framing.h"

#include <fmt/format.h>
#include <openssl/x509.h>

namespace remit::net {
namespace {
constexpr std::size_t kReadBytes = 16 * 1024;
/// For how long, and how much, a refused client may go on sending before it is cut off.
constexpr Duration kLingerMax = std::chrono::seconds(2);
constexpr std::uint64_t kLingerBytesMax = 16ULL * 1024 * 1024;
/// "0", CR LF, CR LF: what is left of any chunked body that has not ended. Beast 1.81 asserts that it is never shown less of
/// the last chunk a second time, which a client decides by where it cuts its packets.
constexpr std::size_t kChunkedBytesMin = 5;
}  // namespace

void Connection::enter(Doing doing, Duration limit) {
  doing_ = doing;
  deadline_ = limit == Duration::max() ? Moment::max() : std::chrono::steady_clock::now() + limit;
}

void Connection::begin_request() {
  if (owner_.draining()) return close();
  parser_.emplace();
  parser_->header_limit(owner_.options().header_bytes_max);
  parser_->body_limit(owner_.options().body_bytes_max);
  parser_->eager(true);
  header_read_ = false;
  ++number_;
  if (buffer_.size() > 0) {
    enter(Doing::ReadingHeader, owner_.options().header_timeout);
    return feed();
  }
  enter(Doing::Idle, owner_.options().idle_timeout);
  read();
}

void Connection::read() {
  read_some(buffer_.prepare(kReadBytes));
}

void Connection::on_read(ErrorCodeAsio error, std::size_t bytes) {
  if (doing_ == Doing::Closed) return;
  if (error) return close();
  if (doing_ == Doing::Lingering) {
    lingered_bytes_ += bytes;
    return lingered_bytes_ > kLingerBytesMax ? close() : read();
  }
  buffer_.commit(bytes);
  if (doing_ == Doing::Idle) enter(Doing::ReadingHeader, owner_.options().header_timeout);
  feed();
}

void Connection::feed() {
  if (!header_read_) {
    // A client may send empty lines too many behind its last request (RFC 9112 section 2.2). All of them, or it would count
    // how they were cut into packets.
    std::string_view seen(static_cast<const char*>(buffer_.data().data()), buffer_.size());
    while (seen.starts_with("\r\n")) {
      buffer_.consume(2);
      seen.remove_prefix(2);
    }
    const std::optional<std::size_t> end = find_header_end(seen);
    if (end.value_or(seen.size()) > owner_.options().header_bytes_max) {
      return refuse(
          {431,
           "header_too_large",
           fmt::format("A header has at most {} bytes.", owner_.options().header_bytes_max),
           {}});
    }
    if (!end) return read();
    if (std::optional<Problem> problem = read_header(*end)) return refuse(*problem);
    header_read_ = true;
    if (continue_expected()) {
      head_ = "HTTP/1.1 100 Continue\r\n\r\n";
      enter(Doing::ReadingBody, owner_.options().body_timeout);
      return write({asio::buffer(head_), asio::const_buffer()});
    }
    enter(Doing::ReadingBody, owner_.options().body_timeout);
  }
  const std::size_t bytes_min = parser_->chunked() ? kChunkedBytesMin : 1;
  while (!parser_->is_done() && buffer_.size() >= bytes_min) {
    ErrorCodeAsio error;
    const std::size_t used = parser_->put(buffer_.data(), error);
    buffer_.consume(used);
    if (error == http::error::need_more) break;
    if (error == http::error::body_limit) {
      return refuse({413,
                     "body_too_large",
                     fmt::format("A body has at most {} bytes.", owner_.options().body_bytes_max),
                     {}});
    }
    if (error)
      return refuse({400, "bad_request", "The body is malformed: " + error.message() + ".", {}});
  }
  if (parser_->is_done()) return finish_request();
  read();
}

std::optional<Problem> Connection::read_header(std::size_t header_bytes) {
  const char* bytes = static_cast<const char*>(buffer_.data().data());
  if (auto problem = check_raw_header({bytes, header_bytes})) return problem;
  ErrorCodeAsio error;
  // The header alone: the body is fed behind it, once its bounds are known to be plain.
  parser_->eager(false);
  buffer_.consume(parser_->put(asio::buffer(bytes, header_bytes), error));
  parser_->eager(true);
  if (error == http::error::body_limit) {
    return Problem{413,
                   "body_too_large",
                   fmt::format("A body has at most {} bytes.", owner_.options().body_bytes_max),
                   {}};
  }
  if (error && error != http::error::need_more) {
    return Problem{400, "bad_request", "The request is malformed: " + error.message() + ".", {}};
  }
  const auto& message = parser_->get();
  const auto view = [](auto text) { return std::string_view(text.data(), text.size()); };
  return check_framing({.hosts = message.count(http::field::host),
                        .content_lengths = message.count(http::field::content_length),
                        .transfer_encodings = message.count(http::field::transfer_encoding),
                        .content_length = view(message[http::field::content_length]),
                        .transfer_encoding = view(message[http::field::transfer_encoding]),
                        .host = view(message[http::field::host]),
                        .version = message.version()});
}

bool Connection::continue_expected() const {
  const auto expect = parser_->get()[http::field::expect];
  return expect == "100-continue" && !parser_->is_done() && buffer_.size() == 0;
}

void Connection::finish_request() {
  auto message = parser_->release();
  keep_alive_ = message.keep_alive();
  HttpRequest request;
  request.method.assign(message.method_string().data(), message.method_string().size());
  head_only_ = request.method == "HEAD";
  std::string_view target(message.target().data(), message.target().size());
  if (const std::size_t scheme = target.find("://");
      scheme < 6 && scheme != std::string_view::npos) {
    // The absolute form (RFC 9112 section 3.2.2).
    const std::size_t path = target.find('/', scheme + 3);
    target = path == std::string_view::npos ? std::string_view("/") : target.substr(path);
  }
  if (!target.starts_with('/')) {
    return refuse({400, "bad_request", "The request target must be a path.", {}});
  }
  const std::size_t question = std::min(target.find('?'), target.size());
  request.path = target.substr(0, question);
  if (question < target.size()) request.query = target.substr(question + 1);
  for (const auto& field : message) {
    request.headers.add(std::string(field.name_string().data(), field.name_string().size()),
                        std::string(field.value().data(), field.value().size()));
  }
  request.body = std::move(message.body());
  request.peer = peer_;
  enter(Doing::Handling, Duration::max());
  owner_.dispatch(std::move(request), shared_from_this(), number_);
}

void Connection::answer(std::uint64_t number, HttpResponse response) {
  if (doing_ != Doing::Handling || number != number_) return;
  send(std::move(response));
}

void Connection::refuse(const Problem& problem) {
  owner_.count_bad_request();
  keep_alive_ = false;
  head_only_ = false;
  linger_after_ = true;
  send(to_response(problem));
}

void Connection::send(HttpResponse response) {
  close_after_ =
      !keep_alive_ || owner_.draining() || number_ >= owner_.options().requests_per_connection_max;
  head_.clear();
  auto out = std::back_inserter(head_);
  fmt::format_to(out, "HTTP/1.1 {} {}\r\nDate: {}\r\n", response.status,
                 status_text(response.status), owner_.date());
  for (const auto& [name, value] : response.headers) {
    // A line break in a value would end the header early; no handler has a reason for one.
    if (value.find_first_of("\r\n") != std::string::npos) continue;
    fmt::format_to(out, "{}: {}\r\n", name, value);
  }
  if (response.status != 204) fmt::format_to(out, "Content-Length: {}\r\n", response.body.size());
  if (close_after_) head_ += "Connection: close\r\n";
  head_ += "\r\n";
  body_ = head_only_ || response.status == 204 ? std::string() : std::move(response.body);
  enter(Doing::Writing, owner_.options().write_timeout);
  write({asio::buffer(head_), asio::buffer(body_)});
}

void Connection::on_written(ErrorCodeAsio error) {
  if (doing_ == Doing::Closed) return;
  if (error) return close();
  if (doing_ == Doing::ReadingBody) return feed();  // "100 Continue" went out.
  if (linger_after_) return linger();
  if (close_after_) return close();
  begin_request();
}

// Closed at once while the client still sends, the connection would be reset, and the answer lost with it (RFC 9112
// section 9.6).
void Connection::linger() {
  enter(Doing::Lingering, kLingerMax);
  finish_writing();
  buffer_.clear();
  read();
}

void Connection::check_deadline(Moment now) {
  if (now < deadline_) return;
  if (doing_ == Doing::ReadingHeader || doing_ == Doing::ReadingBody) {
    return refuse(
        {408, "request_timeout", "The request did not come whole in time; send it faster.", {}});
  }
  close();
}

void Connection::drain() {
  const bool nothing_under_way =
      doing_ == Doing::Idle || doing_ == Doing::Handshake || doing_ == Doing::Lingering;
  if (nothing_under_way) close();
}

void Connection::close() {
  if (doing_ == Doing::Closed) return;
  doing_ = Doing::Closed;
  deadline_ = Moment::max();
  shut();
  owner_.closed(*this);
}

void PlainConnection::read_some(asio::mutable_buffer buffer) {
  socket_.async_read_some(
      buffer, [self = shared_from_this(), this](ErrorCodeAsio error, std::size_t bytes) {
        on_read(error, bytes);
      });
}

void PlainConnection::write(std::array<asio::const_buffer, 2> buffers) {
  asio::async_write(
      socket_, buffers,
      [self = shared_from_this(), this](ErrorCodeAsio error, std::size_t) { on_written(error); });
}

void PlainConnection::finish_writing() {
  ErrorCodeAsio ignored;
  socket_.shutdown(Socket::shutdown_send, ignored);
}

void PlainConnection::shut() {
  ErrorCodeAsio ignored;
  socket_.shutdown(Socket::shutdown_both, ignored);
  socket_.close(ignored);
}

void TlsConnection::start() {
  enter(Doing::Handshake, owner_.options().handshake_timeout);
  stream_.async_handshake(asio::ssl::stream_base::server,
                          [self = shared_from_this(), this](ErrorCodeAsio error) {
                            if (doing_ == Doing::Closed) return;
                            if (error) {
                              owner_.count_failed_handshake();
                              return close();
                            }
                            learn_certificate();
                            begin_request();
                          });
}

void TlsConnection::learn_certificate() {
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(
      SSL_get1_peer_certificate(stream_.native_handle()), &X509_free);
  if (!certificate) return;
  unsigned char* der = nullptr;
  const int size = i2d_X509(certificate.get(), &der);
  if (size <= 0) return;
  const ByteView bytes(reinterpret_cast<const std::byte*>(der), static_cast<std::size_t>(size));
  peer_.certificate_thumbprint = to_base64url(view_of(sha256(bytes)));
  OPENSSL_free(der);
  const std::unique_ptr<BIO, decltype(&BIO_free)> memory(BIO_new(BIO_s_mem()), &BIO_free);
  X509_NAME_print_ex(memory.get(), X509_get_subject_name(certificate.get()), 0, XN_FLAG_RFC2253);
  char* text = nullptr;
  const long length = BIO_get_mem_data(memory.get(), &text);
  peer_.certificate_subject.assign(text, static_cast<std::size_t>(length));
}

void TlsConnection::read_some(asio::mutable_buffer buffer) {
  stream_.async_read_some(
      buffer, [self = shared_from_this(), this](ErrorCodeAsio error, std::size_t bytes) {
        on_read(error, bytes);
      });
}

void TlsConnection::write(std::array<asio::const_buffer, 2> buffers) {
  asio::async_write(
      stream_, buffers,
      [self = shared_from_this(), this](ErrorCodeAsio error, std::size_t) { on_written(error); });
}

void TlsConnection::finish_writing() {
  ErrorCodeAsio ignored;
  SSL_shutdown(stream_.native_handle());
  stream_.lowest_layer().shutdown(Socket::shutdown_send, ignored);
}

void TlsConnection::shut() {
  // No wait for the other side's close_notify: HTTP has its own lengths.
  ErrorCodeAsio ignored;
  SSL_set_shutdown(stream_.native_handle(), SSL_RECEIVED_SHUTDOWN);
  SSL_shutdown(stream_.native_handle());
  stream_.lowest_layer().shutdown(Socket::shutdown_both, ignored);
  stream_.lowest_layer().close(ignored);
}

}  // namespace remit::net
