#include "kit/net/resolver_test.h"

#include "kit/base/check.h"

#include <arpa/inet.h>
#include <cctype>
#include <cstring>
#include <dlfcn.h>
#include <netdb.h>
#include <netinet/in.h>

namespace remit::net {
namespace {

using Resolve = int (*)(const char*, const char*, const addrinfo*, addrinfo**);

Resolve system_resolver() {
  static const auto found = reinterpret_cast<Resolve>(::dlsym(RTLD_NEXT, "getaddrinfo"));
  CHECK(found != nullptr, "the system has no getaddrinfo");
  return found;
}

bool is_address(const char* node) {
  in6_addr six{};
  in_addr four{};
  return std::strchr(node, '%') != nullptr || ::inet_pton(AF_INET6, node, &six) == 1 ||
         ::inet_pton(AF_INET, node, &four) == 1;
}

/// The system's own lists, one behind another, so that its freeaddrinfo takes them all.
int resolve_all(const std::vector<std::string>& addresses, const char* service,
                const addrinfo* hints, addrinfo** result) {
  *result = nullptr;
  addrinfo** end = result;
  for (const std::string& address : addresses) {
    if (system_resolver()(address.c_str(), service, hints, end) != 0) continue;
    while (*end != nullptr) end = &(*end)->ai_next;
  }
  return *result == nullptr ? EAI_NONAME : 0;
}

}  // namespace

TestResolver& TestResolver::instance() {
  static TestResolver resolver;
  return resolver;
}

void TestResolver::set(const std::string& name, std::vector<std::vector<std::string>> answers) {
  const std::lock_guard lock(mutex_);
  names_[name] = {.answers = std::move(answers)};
}

std::vector<std::string> TestResolver::ask(std::string name) {
  for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  if (name.ends_with('.')) name.pop_back();
  const std::lock_guard lock(mutex_);
  for (std::string_view suffix = name;; suffix.remove_prefix(suffix.find('.') + 1)) {
    if (const auto found = names_.find(std::string(suffix)); found != names_.end()) {
      Name& known = found->second;
      return known.answers.at(std::min(known.asked++, known.answers.size() - 1));
    }
    if (!suffix.contains('.')) return {};
  }
}

int TestResolver::asked(const std::string& name) {
  const std::lock_guard lock(mutex_);
  return static_cast<int>(names_[name].asked);
}

}  // namespace remit::net

/// In front of the system's for the whole program, libcurl included.
extern "C" int getaddrinfo(const char* node, const char* service, const addrinfo* hints,
                           addrinfo** result) {
  using namespace remit::net;
  if (node == nullptr || is_address(node) || std::strcmp(node, "localhost") == 0) {
    return system_resolver()(node, service, hints, result);
  }
  return resolve_all(TestResolver::instance().ask(node), service, hints, result);
}
