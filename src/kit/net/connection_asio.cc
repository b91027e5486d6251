#include "kit/net/connection_asio.h"

#include "kit/base/bytes.h"
#include "kit/base/hash.h"
#include "kit/net/request_framing.h"

#include <boost/beast/core/string.hpp>
#include <fmt/format.h>
#include <openssl/x509.h>

#include <charconv>

namespace remit::net {
namespace {
constexpr std::size_t kReadBytes = 16 * 1024;
/// For how long, and how much, a refused client may go on sending before it is cut off.
constexpr Duration kLingerMax = std::chrono::seconds(2);
constexpr std::uint64_t kLingerBytesMax = 16ULL * 1024 * 1024;
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
}  // namespace

void Connection::enter(Doing doing, Duration limit) {
  doing_ = doing;
  entered_ = std::chrono::steady_clock::now();
  deadline_ = limit == Duration::max() ? Moment::max() : entered_ + limit;
}

std::optional<Connection::Moment> Connection::idle_since() const {
  return doing_ == Doing::Idle ? std::optional(entered_) : std::nullopt;
}

void Connection::begin_request() {
  if (owner_.draining()) return close();
  parser_.emplace();
  parser_->header_limit(owner_.options().header_bytes_max);
  parser_->body_limit(boost::none);
  request_body_.reset();
  ++number_;
  if (buffer_.size() > 0) {
    enter(Doing::ReadingHeader, owner_.options().header_timeout);
    return feed();
  }
  enter(Doing::Idle, owner_.options().idle_timeout);
  read();
}

void Connection::read() {
  reading_ = true;
  read_some(buffer_.prepare(kReadBytes));
}

void Connection::on_read(ErrorCodeAsio error, std::size_t bytes) {
  reading_ = false;
  if (doing_ == Doing::Closed) return;
  if (error) return close();
  // Refused while it sent; what came meanwhile is thrown away behind the answer.
  if (doing_ == Doing::Writing) return;
  if (doing_ == Doing::Lingering) {
    lingered_bytes_ += bytes;
    return lingered_bytes_ > kLingerBytesMax ? close() : read();
  }
  buffer_.commit(bytes);
  if (doing_ == Doing::Idle) enter(Doing::ReadingHeader, owner_.options().header_timeout);
  feed();
}

void Connection::feed() {
  if (request_body_) return feed_body();
  // A client may send empty lines too many behind its last request (RFC 9112 section 2.2). All of them, or it would count
  // how they were cut into packets.
  std::string_view seen(static_cast<const char*>(buffer_.data().data()), buffer_.size());
  while (seen.starts_with("\r\n")) {
    buffer_.consume(2);
    seen.remove_prefix(2);
  }
  const std::optional<std::size_t> end = find_header_end(seen);
  if (end.value_or(seen.size()) > owner_.options().header_bytes_max) {
    return refuse({431,
                   "header_too_large",
                   fmt::format("A header has at most {} bytes.", owner_.options().header_bytes_max),
                   {}});
  }
  if (!end) return read();
  if (std::optional<Problem> problem = read_header(*end)) return refuse(*problem);
  if (std::optional<Problem> problem = begin_body()) return refuse(*problem);
  enter(Doing::ReadingBody, owner_.options().body_timeout);
  if (continue_expected()) return begin_write(kContinue, {});
  feed_body();
}

void Connection::feed_body() {
  const std::string_view seen(static_cast<const char*>(buffer_.data().data()), buffer_.size());
  buffer_.consume(request_body_->put(seen));
  switch (request_body_->status()) {
    case RequestBody::Status::Incomplete:
      return read();
    case RequestBody::Status::Complete:
      return finish_request();
    case RequestBody::Status::Malformed:
      return refuse({400,
                     "bad_request",
                     "The body is malformed: send chunks without extensions or trailers.",
                     {}});
    case RequestBody::Status::TooLarge:
      return refuse(body_too_large());
  }
}

std::optional<Problem> Connection::read_header(std::size_t header_bytes) {
  const char* bytes = static_cast<const char*>(buffer_.data().data());
  if (auto problem = check_raw_header({bytes, header_bytes})) return problem;
  ErrorCodeAsio error;
  buffer_.consume(parser_->put(asio::buffer(bytes, header_bytes), error));
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

std::optional<Problem> Connection::begin_body() {
  const auto& message = parser_->get();
  if (auto problem = check_expectation()) return problem;
  const std::uint64_t bytes_max = owner_.options().body_bytes_max;
  if (message.count(http::field::transfer_encoding) > 0) {
    request_body_ = RequestBody::chunked(bytes_max);
    return std::nullopt;
  }
  // Digits, as check_framing saw; absent, the body is empty (RFC 9112 section 6.3).
  std::uint64_t bytes = 0;
  const auto length = message[http::field::content_length];
  std::from_chars(length.data(), length.data() + length.size(), bytes);
  request_body_ = RequestBody::of_length(bytes, bytes_max);
  if (request_body_->status() == RequestBody::Status::TooLarge) return body_too_large();
  return std::nullopt;
}

Problem Connection::body_too_large() const {
  return {413,
          "body_too_large",
          fmt::format("A body has at most {} bytes.", owner_.options().body_bytes_max),
          {}};
}

std::optional<Problem> Connection::check_expectation() const {
  const auto& message = parser_->get();
  // HTTP/1.0 has none (RFC 9110 section 10.1.1).
  if (message.version() < 11 || message.count(http::field::expect) == 0) return std::nullopt;
  if (message.count(http::field::expect) == 1 &&
      boost::beast::iequals(message[http::field::expect], "100-continue")) {
    return std::nullopt;
  }
  return Problem{417, "expectation_failed", "The only expectation met is 100-continue.", {}};
}

bool Connection::continue_expected() const {
  return parser_->get().version() >= 11 && parser_->get().count(http::field::expect) > 0 &&
         request_body_->status() == RequestBody::Status::Incomplete && buffer_.size() == 0;
}

void Connection::finish_request() {
  auto message = parser_->release();
  keep_alive_ = message.keep_alive();
  HttpRequest request;
  request.method.assign(message.method_string().data(), message.method_string().size());
  head_only_ = request.method == "HEAD";
  const std::optional<std::string_view> origin =
      origin_of({message.target().data(), message.target().size()},
                {message[http::field::host].data(), message[http::field::host].size()});
  if (!origin) {
    return refuse({400,
                   "bad_request",
                   "The request target is a path, or the URL of the host that Host names.",
                   {}});
  }
  const std::string_view target = *origin;
  const std::size_t question = std::min(target.find('?'), target.size());
  request.path = target.substr(0, question);
  if (question < target.size()) request.query = target.substr(question + 1);
  for (const auto& field : message) {
    request.headers.add(std::string(field.name_string().data(), field.name_string().size()),
                        std::string(field.value().data(), field.value().size()));
  }
  request.body = request_body_->take();
  request.peer = peer_;
  enter(Doing::Handling, Duration::max());
  owner_.dispatch(std::move(request), shared_from_this(), number_);
}

void Connection::answer(std::uint64_t number, HttpResponse response) {
  if (doing_ != Doing::Handling || number != number_) return;
  send(std::move(response));
}

void Connection::refuse(const Problem& problem) {
  owner_.count_refused_request(problem.code);
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
  begin_write(head_, body_);
}

void Connection::begin_write(std::string_view head, std::string_view body) {
  writing_ = true;
  write({asio::buffer(head), asio::buffer(body)});
}

void Connection::on_written(ErrorCodeAsio error) {
  writing_ = false;
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
  if (!reading_) read();
}

bool Connection::body_too_slow(Moment now) const {
  if (doing_ != Doing::ReadingBody || !request_body_) return false;
  const auto took = now - entered_;
  const double wanted = std::chrono::duration<double>(took).count() *
                        static_cast<double>(owner_.options().body_bytes_per_second_min);
  return took > owner_.options().body_grace && static_cast<double>(request_body_->size()) < wanted;
}

void Connection::check_deadline(Moment now) {
  if (now < deadline_ && !body_too_slow(now)) return;
  // Also where the interim answer is not read: a refusal would be written into the middle of it.
  if (writing_) {
    owner_.count_ended_connection("reader_slow");
    return close();
  }
  switch (doing_) {
    case Doing::ReadingHeader:
    case Doing::ReadingBody:
      return refuse(
          {408, "request_timeout", "The request did not come whole in time; send it faster.", {}});
    case Doing::Handshake:
      owner_.count_ended_connection("handshake_slow");
      break;
    case Doing::Idle:
      owner_.count_ended_connection("idle");
      break;
    case Doing::Writing:
    case Doing::Handling:
    case Doing::Lingering:
    case Doing::Closed:
      break;
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
                              owner_.count_ended_connection("handshake_failed");
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
