#include "app/operator.h"

#include <fmt/format.h>

#include <pwd.h>
#include <unistd.h>
#include <vector>

namespace remit::app {

std::string actor_of_user(std::uint32_t user) {
  constexpr std::size_t kEntryBytesMax = 16UL * 1024;
  std::vector<char> text(kEntryBytesMax);
  passwd entry{};
  passwd* found = nullptr;
  if (::getpwuid_r(user, &entry, text.data(), text.size(), &found) == 0 && found != nullptr) {
    return fmt::format("user:{}", found->pw_name);
  }
  return fmt::format("user:{}", user);
}

std::string actor_of_process() {
  return actor_of_user(::getuid());
}

}  // namespace remit::app
