#pragma once

#include "kit/base/host.h"
#include "kit/base/random.h"
#include "kit/base/result.h"
#include "lab/bank/bank_options.h"

#include <cstdint>
#include <memory>
#include <string>

namespace remit::lab::bank {

/// A model UK bank (ASPSP) for tests, demonstrations and simulation of a payments service: an
/// authorisation server (FAPI 1 Advanced), domestic payments of the Read/Write API v3.1.11 and v4.0 side by side, a page for
/// payers, books of its own, faults on demand. It shares only plain HTTP with what it tests; its
/// JOSE, JSON and checks are its own, so that a mistake of one side is not repeated by the other.
///
/// Two listeners: TLS at `url()` for clients and payers (client certificates are asked for, and
/// wanted by everything but the page and the public documents), and a plain one on 127.0.0.1 with
/// the sandbox's controls (see ControlApi). Requests are served one at a time under one lock.
///
/// With `log_file`, consents, payments, books and tokens outlive a restart, also by kill -9, under
/// the same `port`; authorisation codes, open pages, seen `jti`s and faults do not.
class Bank {
 public:
  /// Host and ports must outlive the bank. Fails with InvalidArgument `bank_options_invalid` or
  /// `key_invalid`, FailedPrecondition `listen_failed`, or as BankLog does.
  static Result<std::unique_ptr<Bank>> start(BankOptions options, Host& host, Entropy& entropy);
  ~Bank();
  Bank(const Bank&) = delete;
  Bank& operator=(const Bank&) = delete;

  std::uint16_t port() const;
  std::uint16_t control_port() const;
  /// The issuer: prefix of the discovery document and of `/open-banking/v3.1/pisp` and `/open-banking/v4.0/pisp`.
  const std::string& url() const;
  /// "http://127.0.0.1:port" of the sandbox's controls.
  std::string control_url() const;

 private:
  class Impl;
  explicit Bank(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace remit::lab::bank
