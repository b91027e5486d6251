#include "kit/net/curl_transfer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <sys/socket.h>

namespace remit::net {
namespace {

long to_milliseconds(Duration duration) {
  return std::max<long>(
      1, static_cast<long>(std::chrono::ceil<std::chrono::milliseconds>(duration).count()));
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front())) != 0) {
    text.remove_prefix(1);
  }
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back())) != 0) {
    text.remove_suffix(1);
  }
  return text;
}

/// As messages tell it: who named a URL may have put a secret or a person behind the '?'.
std::string_view told_url(std::string_view url) {
  return url.substr(0, url.find_first_of("?#"));
}

}  // namespace

std::unique_ptr<CurlTransfer> CurlTransfer::make(const CurlClientOptions& options,
                                                 TlsMaterialPtr tls, ClientRequest request,
                                                 HttpClient::Callback callback) {
  CURL* easy = curl_easy_init();
  if (easy == nullptr) {
    callback(fail(ErrorCode::Unavailable, "out_of_memory", "No memory for a request; try later."));
    return nullptr;
  }
  auto transfer = std::unique_ptr<CurlTransfer>(
      new CurlTransfer(easy, std::move(tls), std::move(request), std::move(callback)));
  transfer->set_up(options);
  return transfer;
}

CurlTransfer::CurlTransfer(CURL* easy, TlsMaterialPtr tls, ClientRequest request,
                           HttpClient::Callback callback)
    : easy_(easy),
      tls_(std::move(tls)),
      request_(std::move(request)),
      callback_(std::move(callback)) {}

CurlTransfer::~CurlTransfer() {
  curl_easy_cleanup(easy_);
  curl_slist_free_all(headers_);
}

void CurlTransfer::set_up(const CurlClientOptions& options) {
  curl_easy_setopt(easy_, CURLOPT_PRIVATE, this);
  curl_easy_setopt(easy_, CURLOPT_ERRORBUFFER, error_text_);
  curl_easy_setopt(easy_, CURLOPT_URL, request_.url.c_str());
  if (!request_.socket_path.empty()) {
    curl_easy_setopt(easy_, CURLOPT_UNIX_SOCKET_PATH, request_.socket_path.c_str());
  }
  curl_easy_setopt(easy_, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy_, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  curl_easy_setopt(easy_, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy_, CURLOPT_PROXY, "");
  curl_easy_setopt(easy_, CURLOPT_CONNECTTIMEOUT_MS,
                   to_milliseconds(request_.options.connect_timeout));
  curl_easy_setopt(easy_, CURLOPT_TIMEOUT_MS, to_milliseconds(request_.options.total_timeout));
  curl_easy_setopt(easy_, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  if (options.may_connect) {
    may_connect_ = &options.may_connect;
    curl_easy_setopt(easy_, CURLOPT_OPENSOCKETFUNCTION, &CurlTransfer::on_socket);
    curl_easy_setopt(easy_, CURLOPT_OPENSOCKETDATA, this);
  }
  set_up_tls(options);
  if (request_.method == "HEAD") curl_easy_setopt(easy_, CURLOPT_NOBODY, 1L);
  if (!request_.body.empty() || request_.method == "POST" || request_.method == "PUT" ||
      request_.method == "PATCH") {
    curl_easy_setopt(easy_, CURLOPT_POSTFIELDSIZE_LARGE,
                     static_cast<curl_off_t>(request_.body.size()));
    curl_easy_setopt(easy_, CURLOPT_POSTFIELDS, request_.body.data());
  }
  curl_easy_setopt(easy_, CURLOPT_CUSTOMREQUEST, request_.method.c_str());
  // Without this, libcurl waits a second for "100 Continue" before it sends a larger body.
  headers_ = curl_slist_append(headers_, "Expect:");
  for (const auto& [name, value] : request_.headers) {
    headers_ = curl_slist_append(
        headers_, (value.empty() ? name + ";" : fmt::format("{}: {}", name, value)).c_str());
  }
  curl_easy_setopt(easy_, CURLOPT_HTTPHEADER, headers_);
  curl_easy_setopt(easy_, CURLOPT_HEADERFUNCTION, &CurlTransfer::on_header);
  curl_easy_setopt(easy_, CURLOPT_HEADERDATA, this);
  curl_easy_setopt(easy_, CURLOPT_WRITEFUNCTION, &CurlTransfer::on_body);
  curl_easy_setopt(easy_, CURLOPT_WRITEDATA, this);
}

void CurlTransfer::set_up_tls(const CurlClientOptions& options) {
  if (tls_) {
    const auto give = [this](CURLoption option, const std::string& pem) {
      // Not copied: this holds it, and a connection that outlives this copies what it compares itself by.
      curl_blob blob{const_cast<char*>(pem.data()), pem.size(), CURL_BLOB_NOCOPY};
      if (!pem.empty()) curl_easy_setopt(easy_, option, &blob);
    };
    give(CURLOPT_SSLCERT_BLOB, tls_->certificate_chain);
    give(CURLOPT_SSLKEY_BLOB, tls_->private_key);
    give(CURLOPT_CAINFO_BLOB, tls_->trusted_authorities);
    return;
  }
  if (!options.tls) return;
  const TlsFiles& files = *options.tls;
  if (!files.certificate_chain.empty()) {
    curl_easy_setopt(easy_, CURLOPT_SSLCERT, files.certificate_chain.c_str());
    curl_easy_setopt(easy_, CURLOPT_SSLKEY, files.private_key.c_str());
  }
  if (!files.trusted_authorities.empty()) {
    curl_easy_setopt(easy_, CURLOPT_CAINFO, files.trusted_authorities.c_str());
  }
}

curl_socket_t CurlTransfer::on_socket(void* self, curlsocktype, curl_sockaddr* address) {
  auto& transfer = *static_cast<CurlTransfer*>(self);
  if (!(*transfer.may_connect_)(address->addr)) {
    transfer.refused_address_ = true;
    return CURL_SOCKET_BAD;
  }
  return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

std::size_t CurlTransfer::on_header(char* bytes, std::size_t size, std::size_t count, void* self) {
  auto& transfer = *static_cast<CurlTransfer*>(self);
  const std::string_view line(bytes, size * count);
  transfer.received_bytes_ += line.size();
  if (transfer.received_bytes_ > transfer.request_.options.response_bytes_max) {
    transfer.too_large_ = true;
    return 0;
  }
  // Each status line begins anew: an interim answer (1xx) is forgotten.
  if (line.starts_with("HTTP/")) {
    transfer.response_.headers = {};
    return line.size();
  }
  const std::size_t colon = line.find(':');
  if (colon != std::string_view::npos) {
    transfer.response_.headers.add(std::string(line.substr(0, colon)),
                                   std::string(trimmed(line.substr(colon + 1))));
  }
  return line.size();
}

std::size_t CurlTransfer::on_body(char* bytes, std::size_t size, std::size_t count, void* self) {
  auto& transfer = *static_cast<CurlTransfer*>(self);
  const std::size_t total = size * count;
  transfer.received_bytes_ += total;
  if (transfer.received_bytes_ > transfer.request_.options.response_bytes_max) {
    transfer.too_large_ = true;
    return 0;
  }
  transfer.response_.body.append(bytes, total);
  return total;
}

CurlTransfer& CurlTransfer::of(CURL* handle) {
  char* self = nullptr;
  curl_easy_getinfo(handle, CURLINFO_PRIVATE, &self);
  return *reinterpret_cast<CurlTransfer*>(self);
}

Error CurlTransfer::error_of(CURLcode code) const {
  const std::string text = error_text_[0] != '\0' ? error_text_ : curl_easy_strerror(code);
  const std::string_view url = told_url(request_.url);
  // Of all connections together: where a kept one breaks, libcurl sends again over another, which may then fail before it sends.
  long sent_bytes = 0;
  curl_easy_getinfo(easy_, CURLINFO_REQUEST_SIZE, &sent_bytes);
  const bool is_sent = sent_bytes != 0;
  // Of several addresses of a name others may have been tried; none of them answered.
  if (refused_address_ && !is_sent) {
    return {ErrorCode::PermissionDenied,
            "address_not_public",
            fmt::format("{} {} was not sent: its host is no public address.", request_.method, url),
            {},
            nullptr};
  }
  if (code == CURLE_PEER_FAILED_VERIFICATION && !is_sent) {
    return {ErrorCode::Unavailable,
            "certificate_untrusted",
            fmt::format("{} {} was not sent: {}.", request_.method, url, text),
            {},
            nullptr};
  }
  if (!is_sent) {
    return {ErrorCode::Unavailable,
            "not_connected",
            fmt::format("{} {} was not sent: {}.", request_.method, url, text),
            {},
            nullptr};
  }
  if (too_large_) {
    return {ErrorCode::OutcomeUnknown,
            "response_too_large",
            fmt::format("{} {} answered with more than {} bytes.", request_.method, url,
                        request_.options.response_bytes_max),
            {},
            nullptr};
  }
  const bool timeout = code == CURLE_OPERATION_TIMEDOUT;
  return {ErrorCode::OutcomeUnknown,
          timeout ? "response_timeout" : "connection_broken",
          fmt::format("{} {} was sent, but not answered: {}.", request_.method, url, text),
          {},
          nullptr};
}

void CurlTransfer::finish(CURLcode code) {
  if (code != CURLE_OK) return callback_(std::unexpected(error_of(code)));
  long status = 0;
  curl_easy_getinfo(easy_, CURLINFO_RESPONSE_CODE, &status);
  response_.status = static_cast<int>(status);
  callback_(std::move(response_));
}

void CurlTransfer::abandon() {
  callback_(fail(ErrorCode::OutcomeUnknown, "client_stopped",
                 fmt::format("The client stopped before {} {} was answered.", request_.method,
                             told_url(request_.url))));
}

}  // namespace remit::net
