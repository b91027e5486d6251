#pragma once

#include "kit/net/curl_client.h"

#include <curl/curl.h>

#include <memory>
#include <string>

namespace remit::net {

/// One request on its way through libcurl: owns the easy handle and all that libcurl reads from it. Lives at one address.
class CurlTransfer {
 public:
  /// `tls` goes before options.tls. Null when libcurl has no memory for a handle.
  static std::unique_ptr<CurlTransfer> make(const CurlClientOptions& options, TlsMaterialPtr tls,
                                            ClientRequest request, HttpClient::Callback callback);
  ~CurlTransfer();
  CurlTransfer(const CurlTransfer&) = delete;
  CurlTransfer& operator=(const CurlTransfer&) = delete;

  CURL* handle() const { return easy_; }
  /// The transfer has ended as libcurl says.
  void finish(CURLcode code);
  /// The client stops with this transfer under way.
  void abandon();

  static CurlTransfer& of(CURL* handle);

 private:
  CurlTransfer(CURL* easy, TlsMaterialPtr tls, ClientRequest request,
               HttpClient::Callback callback);
  void set_up(const CurlClientOptions& options);
  void set_up_tls(const CurlClientOptions& options);
  Error error_of(CURLcode code) const;
  static curl_socket_t on_socket(void* self, curlsocktype purpose, curl_sockaddr* address);
  static std::size_t on_header(char* bytes, std::size_t size, std::size_t count, void* self);
  static std::size_t on_body(char* bytes, std::size_t size, std::size_t count, void* self);

  CURL* easy_;
  TlsMaterialPtr tls_;
  ClientRequest request_;
  HttpClient::Callback callback_;
  curl_slist* headers_ = nullptr;
  HttpResponse response_;
  std::uint64_t received_bytes_ = 0;
  bool too_large_ = false;
  const std::function<bool(const sockaddr&)>* may_connect_ = nullptr;  ///< The client's.
  bool refused_address_ = false;
  char error_text_[CURL_ERROR_SIZE] = {};
};

}  // namespace remit::net
