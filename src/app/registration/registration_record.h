#pragma once

#include "kit/base/codec/raw_json.h"
#include "kit/base/result.h"
#include "kit/base/time.h"

#include <boost/describe.hpp>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace remit::app {

/// Requests that a record remembers; beyond it the oldest are forgotten.
inline constexpr std::size_t kEarlierRegistrationsMax = 100;

/// Where our registration at a bank is.
enum class RegistrationState : std::uint8_t {
  Unregistered,  ///< There is none that we know of.
  Requested,     ///< A request may be under way, or its outcome is not known.
  Registered,
  Unfit,     ///< There is one, and it must not be used.
  Deleting,  ///< Its end was asked for, and may have come.
};
BOOST_DESCRIBE_ENUM(RegistrationState, Unregistered, Requested, Registered, Unfit, Deleting)

/// What became of something that is over.
struct EarlierRegistration {
  std::string request_id;
  std::string client_id;
  Timestamp at;
  std::string by;
  std::string outcome;
  bool operator==(const EarlierRegistration&) const = default;
};
BOOST_DESCRIBE_STRUCT(EarlierRegistration, (), (request_id, client_id, at, by, outcome))

/// What `registration_file` holds: who we are at a bank. It is written before a request is sent, so that one whose answer was
/// lost, or whose sender died, is not sent a second time. Fields are only added.
struct RegistrationRecord {
  RegistrationState state = RegistrationState::Unregistered;
  std::string issuer;
  std::string client_id;
  std::string software_id;
  std::string request_id;  ///< `jti` of the last request.
  Timestamp requested_at;
  Timestamp request_expires_at;  ///< After it the bank takes the request no more.
  std::string requested_by;
  std::string problem;       ///< Why it is unfit.
  std::string client_uri;    ///< RFC 7592.
  std::string access_token;  ///< RFC 7592. A secret: the file is for the server's user alone.
  codec::RawJson metadata;   ///< The bank's answer, without secrets.
  std::vector<EarlierRegistration> earlier;
};
BOOST_DESCRIBE_STRUCT(RegistrationRecord, (),
                      (state, issuer, client_id, software_id, request_id, requested_at,
                       request_expires_at, requested_by, problem, client_uri, access_token,
                       metadata, earlier))

/// "registered", as the file spells it.
std::string_view state_name(RegistrationState state);

/// Nullopt when there is no file. Fails with Corrupt `registration_file_unreadable`, or as read_file does.
Result<std::optional<RegistrationRecord>> read_registration_record(
    const std::filesystem::path& path);

/// The record and the right to change it: one process at a time.
class RegistrationFile {
 public:
  /// A missing file is an empty record. Fails with Unavailable `registration_busy`, or as reading does.
  static Result<RegistrationFile> open(const std::filesystem::path& path);

  const RegistrationRecord& record() const { return record_; }
  /// Mode 0600, at once and for good. Fails as write_file_durably does; the record is then as before.
  Result<void> write(RegistrationRecord record);

 private:
  struct Lock;
  RegistrationFile(std::filesystem::path path, std::shared_ptr<Lock> lock,
                   RegistrationRecord record)
      : path_(std::move(path)), lock_(std::move(lock)), record_(std::move(record)) {}
  std::filesystem::path path_;
  std::shared_ptr<Lock> lock_;
  RegistrationRecord record_;
};

}  // namespace remit::app
