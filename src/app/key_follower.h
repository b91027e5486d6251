#pragma once

#include "kit/base/host.h"
#include "kit/journal/journal.h"
#include "kit/service/log.h"
#include "pay/clients/authenticate.h"

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace remit::app {

/// Keeps the key table up with the system partition. What cannot be read is tried again.
class KeyFollower final : public Component {
 public:
  KeyFollower(clients::KeyTable& table, journal::Journal& journal, Host& host,
              const service::Logger& log);
  ~KeyFollower() override;
  std::string name() const override { return "api-keys"; }
  bool step() override;
  /// Runs `then` once the table holds all that is durable now. Thread safe.
  void catch_up(std::move_only_function<void()> then);

 private:
  struct Shared;
  clients::KeyTable& table_;
  journal::Journal& journal_;
  Host& host_;
  service::Logger log_;
  std::mutex mutex_;
  std::vector<std::move_only_function<void()>> waiting_;
  std::shared_ptr<Shared> shared_;  ///< For the sake of late timers.
};

}  // namespace remit::app
