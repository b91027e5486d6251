#pragma once

#include "app/world/world.h"

#include <fstream>
#include <mutex>
#include <string>
#include <vector>

namespace remit::app {

/// A request with an Idempotency-Key, and the 2xx that it got.
struct AcknowledgedAnswer {
  std::string path;
  std::string key;
  std::string request;
  int status = 0;
  std::string answer;
};

/// What the server has acknowledged, remembered outside of it, where no death of it can reach: in memory, and as lines of
/// JSON in a file for whoever looks at what went wrong. Thread safe.
class Acknowledged {
 public:
  explicit Acknowledged(const std::string& file) : file_(file, std::ios::app) {}

  void note(AcknowledgedAnswer one);
  std::size_t count() const;
  /// Sends each request again: the same key must give the same answer, and whatever the answer says was made must be found.
  /// The findings; empty when all holds.
  std::vector<std::string> compare(World& world) const;

 private:
  mutable std::mutex mutex_;
  std::ofstream file_;
  std::vector<AcknowledgedAnswer> answers_;
};

}  // namespace remit::app
