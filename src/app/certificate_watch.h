#pragma once

#include "kit/base/host.h"
#include "kit/base/result.h"
#include "kit/service/log.h"

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace remit::app {

/// How often the files are looked at. They are small, and certificates live for months.
inline constexpr Duration kCertificateLookInterval = std::chrono::seconds(10);
/// How long before its end a certificate is called due: `remit doctor`, and the alert of docs/alerts.yml.
inline constexpr Duration kCertificateDueBefore = std::chrono::hours(24 * 14);

/// When something of the files in use ends.
struct CertificateExpiry {
  std::string kind;  ///< "transport", "authorities" or "server".
  Timestamp at;
};

/// Certificates and keys that are used together.
struct WatchedFiles {
  std::string bank;  ///< Empty: the API's own.
  std::string use;   ///< "transport", "signing" or "server".
  std::vector<std::string> paths;
  std::string settings;  ///< What decides about their use beside them, such as a key id.
  /// Reads them and uses them from now on, all of them or, when it fails, none.
  std::function<Result<std::vector<CertificateExpiry>>()> take;
};

/// Takes certificates and keys into use when their files change, without a restart. Files that cannot be used leave the ones
/// before them in use, are told in the log once, and shown by stats() until they can.
class CertificateWatch final : public Component {
 public:
  CertificateWatch(Host& host, const service::Logger& log);
  ~CertificateWatch() override;
  CertificateWatch(const CertificateWatch&) = delete;
  CertificateWatch& operator=(const CertificateWatch&) = delete;

  std::string name() const override { return "certificates"; }
  bool step() override;

  /// Takes the files now. Fails as that does; then they are not watched.
  Result<void> add(WatchedFiles files);
  /// From the next look on these, instead of those of the same bank and use; others are left out. Thread safe.
  void change(WatchedFiles files);
  void start();
  /// No file is taken after it. Not to be called from a step.
  void stop();
  /// Thread safe.
  void look_now();

  struct Stats {
    std::string bank;
    std::string use;
    std::vector<CertificateExpiry> expiries;
    std::uint64_t taken_total = 0;    ///< Beside the first time.
    std::uint64_t refused_total = 0;  ///< Files that could not be used.
    bool unusable = false;            ///< The files of now are not the ones in use.
  };
  std::vector<Stats> stats() const;

 private:
  struct Kept {
    WatchedFiles files;
    std::string tried;  ///< What the files held when they were last tried.
    Stats stats;
  };
  struct Shared;

  void look();
  void set_timer();

  Host& host_;
  service::Logger log_;
  mutable std::mutex mutex_;
  std::vector<Kept> kept_;
  std::shared_ptr<Shared> shared_;
};

}  // namespace remit::app
